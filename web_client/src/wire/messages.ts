/** The live messages of a proposal's room: JSON text frames; the only binary frame is `layer`. */
import type { Comment, Decision, Edit, EditResult, Impacts, LoggedEdit, LonLat, PlainShape, Problem } from "./types";

/** A hand: metres east, north and up from the head, then heading and pitch in degrees; the city's metres. */
export type HandPose = readonly [number, number, number, number, number];

/** Where someone is and what they point at; lossy, never stored. */
export interface Pose {
  readonly name?: string;
  readonly mode?: "orbit" | "walk" | "vr" | "ar" | "list";
  readonly at?: LonLat;
  readonly height_m?: number;
  readonly heading_deg?: number;
  readonly pitch_deg?: number;
  readonly pointer?: LonLat | null;
  /** Height in scene metres of what is pointed at. */
  readonly pointer_m?: number;
  /** A mark left for the others. */
  readonly pin?: LonLat | null;
  /** In a headset: metres of the city that one metre of the room is, and the hands. */
  readonly scale?: number;
  readonly left?: HandPose;
  readonly right?: HandPose;
  readonly selected?: string | null;
}

export interface Visitor extends Pose {
  readonly id: string;
}

/** What must arrive: kept while offline and sent again, under the same operation id, after a reconnect. */
export type Operation =
  | { readonly type: "edit"; readonly op_id: string; readonly edit: Edit }
  | { readonly type: "undo"; readonly op_id: string }
  | { readonly type: "redo"; readonly op_id: string };

export type ClientMessage =
  | {
      readonly type: "hello";
      readonly epoch?: string;
      readonly since?: number;
      readonly token?: string;
      readonly key?: string;
    }
  | Operation
  | ({ readonly type: "presence" } & Pose);

export interface TileSwap {
  readonly set: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
}

export type ServerMessage =
  | {
      readonly type: "welcome";
      readonly epoch: string;
      readonly seq: number;
      readonly role: string;
      readonly you: string;
      /** Proves at the next visit that it is the same person. */
      readonly token?: string;
    }
  | {
      readonly type: "snapshot";
      readonly seq: number;
      readonly edits?: readonly LoggedEdit[];
      readonly tiles?: TileSwap | Readonly<Record<string, string>>;
      readonly impacts?: Impacts | null;
    }
  | ({
      readonly type: "edit";
      readonly by?: string;
      readonly edit?: Edit;
      readonly undo?: string;
      readonly redo?: string;
    } & Pick<EditResult, "seq" | "op_id" | "changed" | "created"> & {
        readonly sentence?: string;
        readonly warnings?: EditResult["warnings"];
      })
  | { readonly type: "ack"; readonly op_id: string; readonly seq: number; readonly warnings?: EditResult["warnings"] }
  | { readonly type: "refused"; readonly op_id: string; readonly problem: Problem }
  | {
      readonly type: "patch";
      readonly seq: number;
      readonly hide: readonly string[];
      readonly show: readonly PlainShape[];
    }
  /** With `more`, others that are seen from near follow for the same edit. */
  | ({ readonly type: "tiles"; readonly seq: number; readonly more?: boolean } & TileSwap)
  | ({ readonly type: "impacts" } & Impacts)
  | { readonly type: "presence"; readonly people: readonly Visitor[] }
  | ({ readonly type: "state" } & Decision)
  | { readonly type: "words"; readonly title: string; readonly words: string }
  | { readonly type: "comment"; readonly comment: Comment };

/** The message in a text frame, or null when it is none we know. */
export function readMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  const known = [
    "welcome",
    "snapshot",
    "edit",
    "ack",
    "refused",
    "patch",
    "tiles",
    "impacts",
    "presence",
    "state",
    "words",
    "comment",
  ];
  return known.includes(String(value.type)) ? (value as ServerMessage) : null;
}
