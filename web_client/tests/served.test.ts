/** What we read of the server's answers is what the server promises; the compiler says so before anything runs. */
import { describe, expectTypeOf, it } from "vitest";
import type { components } from "../src/wire/served";
import type {
  Comment,
  Cost,
  EditResult,
  Feature,
  FeatureCollection,
  HistoryLine,
  ImpactLayer,
  Impacts,
  Manifest,
  Pattern,
  ProposalRecord,
  Warning,
} from "../src/wire/types";

type Served = components["schemas"];
/** Names that we count on and that are not among what is served. */
type Missing<Ours, Theirs> = Exclude<
  { [K in keyof Ours]-?: undefined extends Ours[K] ? never : K }[keyof Ours],
  keyof Theirs
>;

describe("what we count on", () => {
  it("is what the server answers", () => {
    expectTypeOf<Missing<Manifest, Served["Manifest"]>>().toBeNever();
    expectTypeOf<Missing<Feature, Served["Feature"]>>().toBeNever();
    expectTypeOf<Missing<FeatureCollection, Served["FeatureCollection"]>>().toBeNever();
    expectTypeOf<Missing<ProposalRecord, Served["Proposal"]>>().toBeNever();
    expectTypeOf<Missing<EditResult, Served["EditResult"]>>().toBeNever();
    expectTypeOf<Missing<Warning, Served["Warning"]>>().toBeNever();
    expectTypeOf<Missing<Impacts, Served["Impacts"]>>().toBeNever();
    expectTypeOf<Missing<ImpactLayer, Served["ImpactLayer"]>>().toBeNever();
    expectTypeOf<Missing<Comment, Served["Comment"]>>().toBeNever();
    expectTypeOf<Missing<Cost, Served["Cost"]>>().toBeNever();
    expectTypeOf<Missing<Pattern, Served["Patterns"]["patterns"][number]>>().toBeNever();
    expectTypeOf<Missing<HistoryLine, Served["History"]["history"][number]>>().toBeNever();
  });

  it("would be told apart from what is not served", () => {
    expectTypeOf<Missing<{ readonly a: string; readonly b?: string }, { c: string }>>().toEqualTypeOf<"a">();
  });
});
