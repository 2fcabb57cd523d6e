/** What a panel in the headset can hold: a plain description that is laid out and painted elsewhere. */
import type { Verdict } from "../wire/types";

export interface Press {
  readonly id: string;
  readonly label: string;
  readonly icon?: string;
  readonly on?: boolean;
  readonly enabled?: boolean;
  readonly primary?: boolean;
  readonly run: () => unknown;
}

export type Tone = "plain" | "quiet" | "problem" | "warning" | "good";

export type Item =
  | { readonly kind: "title"; readonly text: string; readonly icon?: string }
  | { readonly kind: "text"; readonly text: string; readonly tone?: Tone }
  | { readonly kind: "fact"; readonly name: string; readonly value: string }
  | {
      readonly kind: "figure";
      readonly text: string;
      readonly verdict: Verdict;
      /** Low, middle and high end of the change; the bar spans the widest of them about zero. */
      readonly band: readonly [number, number, number] | null;
    }
  /** A layer's colours from low to high. */
  | { readonly kind: "legend"; readonly colours: readonly string[]; readonly low: string; readonly high: string }
  | { readonly kind: "buttons"; readonly columns: number; readonly buttons: readonly Press[] }
  | {
      readonly kind: "stepper";
      readonly id: string;
      readonly label: string;
      readonly value: string;
      readonly less: (() => unknown) | null;
      readonly more: (() => unknown) | null;
    };

export interface PanelView {
  /** Another id begins at the first page again. */
  readonly id: string;
  readonly items: readonly Item[];
  /** Stays at the bottom of every page. */
  readonly footer: readonly Item[];
}
