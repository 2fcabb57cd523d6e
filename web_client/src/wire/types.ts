/** What travels between client and server over HTTP. Positions are [lon, lat] in degrees, lengths metres. */

import type { components } from "./served";

/** What the server says of its own answers; `web_client/wire.py` writes it. */
type Served = components["schemas"];

export type LonLat = readonly [number, number];
export type Basis = "measured" | "tagged" | "estimated";
export type Kind =
  | "road"
  | "building"
  | "green"
  | "water"
  | "tree"
  | "rail"
  | "barrier"
  | "furniture"
  | "place"
  | "stop"
  | "paving";

/** Local metres from degrees: x - x0 = m·d + q·(dlon², dlon·dlat, dlat²), and y likewise. */
export interface Affine {
  readonly lonlat: LonLat;
  readonly xy: readonly [number, number];
  readonly m: readonly [readonly [number, number], readonly [number, number]];
  readonly q: readonly [readonly [number, number, number], readonly [number, number, number]];
  readonly max_error_m: number;
}

export interface Frame {
  readonly epsg: number;
  readonly origin: readonly [number, number];
  readonly vertical: string;
  /** 4 x 4, column-major, local metres to Earth-centred metres. */
  readonly transform: readonly number[];
  readonly affine: Affine;
}

export interface Credit {
  readonly text: string;
  readonly url?: string;
  readonly licence?: string;
}

/** Where a scene is first seen from: a position, a heading clockwise from north, a downward pitch, a distance. */
export interface StartView {
  readonly at?: LonLat;
  readonly heading_deg?: number;
  readonly pitch_deg?: number;
  readonly distance_m?: number;
}

export interface SceneSummary {
  readonly id: string;
  readonly title: string;
  readonly status?: "open" | "opening" | "failed";
  readonly detail?: string;
}

export interface Manifest {
  readonly id: string;
  readonly title: string;
  readonly frame: Frame;
  /** West, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
  readonly layers: readonly string[];
  readonly revision: string;
  readonly credits: readonly (Credit | string)[];
  readonly start?: StartView | LonLat;
  readonly counts?: Readonly<Record<string, number>>;
  readonly ground_m?: number;
  /** The language of change, a form a verb. */
  readonly verbs?: readonly VerbForm[];
  readonly models?: readonly ModelCard[];
}

/** One field of a verb: filled by a gesture in the city, as a number, by choosing, as text or as a list of rows. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly kind: "gesture" | "number" | "whole" | "choice" | "choices" | "text" | "texts" | "flag" | "list";
  readonly required: boolean;
  readonly gesture: string;
  readonly unit: string;
  readonly least: number | null;
  readonly most: number | null;
  readonly longest: number | null;
  readonly choices: readonly string[];
  readonly default: unknown;
  readonly fields: readonly FormField[];
}

/** A verb as a form: exactly one of the groups in `one_of` is to be filled, and at least one of `any_of`. */
export interface VerbForm {
  readonly verb: string;
  readonly group: string;
  readonly label: string;
  readonly help: string;
  readonly summary: string;
  /** The field with which a person begins. */
  readonly gesture: string;
  readonly fields: readonly FormField[];
  readonly one_of: readonly (readonly string[])[];
  readonly any_of: readonly string[];
}

/** What a model of an effect says of itself. */
export interface ModelCard {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly needs: readonly string[];
  readonly sources: readonly string[];
  readonly limits: readonly string[];
  readonly missing: readonly string[];
}

/** A value that a person may doubt. */
export interface Doubted<T = unknown> {
  readonly value: T;
  readonly unit?: string | null;
  readonly basis: Basis;
  readonly source?: string;
}

export type Geometry =
  | { readonly type: "Point"; readonly coordinates: LonLat }
  | { readonly type: "LineString" | "MultiPoint"; readonly coordinates: readonly LonLat[] }
  | { readonly type: "Polygon" | "MultiLineString"; readonly coordinates: readonly (readonly LonLat[])[] }
  | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly (readonly LonLat[])[])[] };

export interface Feature {
  readonly type: "Feature";
  readonly id: string;
  readonly geometry: Geometry;
  readonly properties: Readonly<Record<string, unknown>> & { readonly kind: Kind; readonly name?: string };
}

export interface FeatureCollection {
  readonly type: "FeatureCollection";
  readonly features: readonly Feature[];
  readonly next?: string | null;
}

/** One change in the language of change; the fields beside `verb` are those of its form. */
export type Edit = { readonly verb: string } & Readonly<Record<string, unknown>>;

export interface Warning {
  readonly code: string;
  readonly detail: string;
  readonly at?: LonLat | null;
  /** The sentence by the languages other than English. */
  readonly said?: Readonly<Record<string, string>>;
}

/** The server's answer to an edit, an undo and a redo. */
export interface EditResult {
  readonly seq: number;
  readonly op_id: string;
  readonly changed: readonly string[];
  readonly created: readonly string[];
  readonly warnings: readonly Warning[];
}

export type ProposalState = Served["State"];
export type Decision = Served["Decision"];

export interface ProposalRecord {
  readonly id: string;
  readonly scene: string;
  readonly title: string;
  readonly words?: string;
  readonly status?: ProposalState;
  readonly by?: string;
  readonly base?: string;
  /** Open to everyone who has the address, or only to who came by the link with its code. */
  readonly access?: "open" | "link";
  /** Who types this in joins. */
  readonly code?: string;
  /** Who types this in may look and no more. */
  readonly look?: string;
  /** Its page for everyone, which needs no script. */
  readonly page?: string;
  readonly created?: string;
  readonly seq?: number;
  readonly revision?: string;
  readonly up_to_date?: boolean;
  /** Whether it stands on the scene's present data and all of it fits. */
  readonly settled?: boolean;
  /** What the link by which one came lets one do. */
  readonly role?: "planner" | "citizen" | "viewer";
  readonly frozen?: { readonly seq: number; readonly revision: string } | null;
  readonly decisions?: readonly Decision[];
  readonly next_states?: readonly ProposalState[];
  readonly origins?: readonly { readonly proposal: string; readonly seq: number }[];
  readonly forks?: readonly string[];
}

/** What someone says of a proposal; pinned to a feature, to a place, or to nothing. */
export interface Comment {
  readonly id: string;
  readonly by: string;
  readonly text: string;
  readonly time: string;
  readonly seq: number;
  readonly feature: string | null;
  readonly at: LonLat | null;
  readonly reply_to: string | null;
}

/** What a proposal costs to build, as a range. */
export interface Cost {
  readonly currency: string;
  readonly date: string;
  readonly low: number;
  readonly high: number;
  readonly sentence: string;
  readonly items: readonly {
    readonly work: string;
    readonly said?: Readonly<Record<string, string>>;
    readonly amount: number;
    readonly low: number;
    readonly high: number;
    readonly price: Readonly<Record<string, unknown>>;
  }[];
  readonly unpriced: readonly {
    readonly work: string;
    readonly said?: Readonly<Record<string, string>>;
    readonly amount: number;
  }[];
}

/** A choice along a street or over a block that makes several edits. */
export interface Pattern {
  readonly name: string;
  readonly title: string;
  readonly words: string;
  readonly along: "street" | "block" | "either";
  readonly verbs: readonly string[];
}

/** Proposals side by side. */
export interface Comparison {
  readonly scene: string;
  readonly base: string;
  readonly status: "running" | "fast" | "full";
  readonly proposals: readonly {
    readonly id: string;
    readonly seq: number;
    readonly title: string;
    readonly revision: string;
    /** What it costs, as a sentence. */
    readonly cost: string | null;
  }[];
  readonly rows: readonly {
    readonly model: string;
    readonly id: string;
    readonly label: string;
    readonly unit: string;
    readonly better: Better;
    readonly baseline: number | null;
    readonly proposals: readonly (Pick<Indicator, "difference" | "low" | "high"> & {
      readonly value: number | null;
      readonly verdict: Verdict | null;
    })[];
  }[];
}

/** What an edit or a pattern would do, without doing it. */
export interface Trial {
  readonly warnings: readonly Warning[];
  readonly cost?: Cost;
  readonly sentence?: string;
  readonly sentences?: readonly string[];
  readonly said?: Said;
  readonly left_out?: readonly unknown[];
  /** Why it would be refused. */
  readonly problem?: Problem;
}

export interface ConflictSide {
  readonly edits: readonly unknown[];
  readonly sentences: readonly string[];
  readonly features: readonly string[];
}

/** What two proposals dispute. */
export interface Conflict {
  readonly key: string;
  readonly kind: string;
  readonly sentence: string;
  readonly fields: readonly string[];
  readonly at: LonLat | null;
  readonly a: ConflictSide;
  readonly b: ConflictSide;
}

export interface MergeReport {
  readonly status: "conflicts" | "ready";
  readonly conflicts: readonly Conflict[];
  readonly left_out: readonly unknown[];
  readonly sentences: readonly string[];
}

/** Sentences of edits by the languages other than English. */
export type Said = Readonly<Record<string, readonly string[]>>;

/** An edit that does not fit the scene's newer data. */
export interface Orphan {
  readonly number: number;
  readonly edit: Edit;
  readonly sentence: string;
  readonly reason: string;
  /** The field that names what is gone, "" where it is another trouble. */
  readonly field: string;
  readonly at: LonLat | null;
}

/** What carrying a proposal over to newer data would do. */
export interface RebaseReport {
  readonly needed: boolean;
  readonly edits: readonly { readonly number: number; readonly sentence: string }[];
  readonly found: readonly { readonly number: number; readonly sentence: string }[];
  readonly orphans: readonly Orphan[];
  readonly waiting: readonly Orphan[];
}

/** To an orphan: another edit, to let it wait, or to give it up. */
export type OrphanAnswer = Edit | "keep" | null;

export interface HistoryLine {
  readonly kind: string;
  readonly said?: Said;
  readonly seq: number;
  readonly by: string;
  readonly time: string;
  readonly sentence: string;
  readonly stands?: boolean;
}

/** One line of a proposal's log. */
export interface LoggedEdit {
  readonly seq: number;
  readonly op_id: string;
  readonly by?: string;
  readonly kind?: "edit" | "pattern" | "undo" | "redo" | "rebase";
  readonly edit?: Edit;
  readonly pattern?: { readonly pattern: string; readonly title: string };
  readonly sentence?: string;
  readonly said?: Said;
  readonly undone?: boolean;
  /** Why an edit no longer fits the city, where it does not. */
  readonly lost?: string;
  readonly at?: number;
}

export type Indicator = Served["Indicator"];
export type Better = Indicator["better"];
export type Verdict = Indicator["verdict"];

export interface ImpactLayer {
  readonly id: string;
  readonly model: string;
  readonly unit: string;
  readonly on: "feature" | "grid";
  readonly href: string;
  readonly legend: readonly (readonly [number, string])[];
  readonly label?: string;
  /** The same layer for the city as it is. */
  readonly baseline_href?: string;
  /** Where a grid lies; its cells come as float16, little endian, row by row from the south-west. */
  readonly grid?: GridPlace;
}

export interface GridPlace {
  readonly x0: number;
  readonly y0: number;
  readonly cell_m: number;
  readonly rows: number;
  readonly columns: number;
  readonly encoding?: string;
}

export interface ModelRun {
  readonly name: string;
  readonly version?: string;
  readonly seconds?: number;
  readonly quality?: "fast" | "full";
  readonly solver_error?: number | null;
  readonly notes?: readonly string[];
}

/** People for whom something changes by more than they would notice; null where they are too few to be told. */
export interface Shift {
  readonly model: string;
  readonly layer: string;
  readonly label: string;
  readonly group: string;
  readonly people: number;
  readonly better: number | null;
  readonly worse: number | null;
}

export interface Impacts {
  readonly seq: number;
  readonly status: "running" | "fast" | "full";
  readonly indicators: readonly Indicator[];
  readonly models: readonly ModelRun[];
  readonly layers: readonly ImpactLayer[];
  /** Who gains and who loses, where homes are looked at. */
  readonly residents?: { readonly basis: "counted" | "estimated"; readonly shifts: readonly Shift[] };
  /** Models that could not run, with the reason. */
  readonly refused?: readonly { readonly model: string; readonly detail: string }[];
}

/** RFC 9457; `detail` is a sentence for a person. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  /** Of an edit: which field is at fault, and where in the city. */
  readonly field?: string;
  readonly at?: LonLat | null;
}

/** A plain shape to show before the tile with the real one arrives; `ring` in degrees. */
export interface PlainShape {
  readonly id: string;
  readonly ring: readonly LonLat[];
  readonly base_m: number;
  readonly height_m: number;
  readonly colour: string;
}
