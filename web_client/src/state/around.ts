/** What is around a place, nearest first: the city as a list. */
import { computed, signal } from "@preact/signals";
import { fetchFeatures } from "../wire/http";
import type { Feature, Kind, LonLat } from "../wire/types";
import { bearingOf, distance, linesOf, nearestOnLine, positionOf } from "./geometry";
import { localOf, lonLatOf, manifest, sceneId } from "./place";
import { proposal } from "./proposal";
import { goTo, view } from "./view";
import { formatNumber, t, tOr } from "./words";

const stand = signal<LonLat | null>(null);

/** Where one is: what one looks at, or where one went in the list. */
export const here = computed<LonLat | null>(() => {
  if (view.value) return view.value.at;
  if (stand.value) return stand.value;
  const bounds = manifest.value?.bounds;
  return bounds ? [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] : null;
});

/** Go there in the picture and in the list. */
export function goNear(at: LonLat, distance_m = 220): void {
  stand.value = at;
  goTo({ mode: "orbit", at, distance_m });
}

export interface Nearby {
  readonly feature: Feature;
  readonly name: string;
  readonly distance_m: number;
  readonly bearing_deg: number;
}

/** The point of a feature that is nearest to someone. */
function nearestPart(feature: Feature, from: LonLat): LonLat {
  const at = localOf(from);
  const found = linesOf(feature, localOf).map((line) => nearestOnLine(at, line)?.at);
  const [first] = found.filter((each) => each !== undefined).sort((a, b) => distance(a, at) - distance(b, at));
  return first ? lonLatOf(first) : positionOf(feature);
}

export function nameOf({ properties }: Feature): string {
  if (properties.name) return String(properties.name);
  const of = (name: string) => (properties[name] as { value?: unknown } | undefined)?.value;
  const what = String(of("category") ?? of("use") ?? "");
  const kind = t(`kind.${properties.kind}`);
  return what ? `${kind} (${tOr(`value.${what}`, what.replaceAll("_", " "))})` : kind;
}

const nearby = (feature: Feature, from: LonLat): Nearby => {
  const [a, b] = [localOf(from), localOf(nearestPart(feature, from))];
  const told = feature.properties.distance_m;
  const far = typeof told === "number" ? told : distance(a, b);
  return { feature, name: nameOf(feature), distance_m: far, bearing_deg: bearingOf(a, b) };
};

export interface Search {
  readonly kind?: Kind | "";
  readonly name?: string;
  readonly radius_m?: number;
  readonly limit?: number;
}

/** Features near a place; with a name those of that name anywhere, one of each name and kind. */
export async function look(from: LonLat, { kind = "", name = "", radius_m = 300, limit = 60 }: Search) {
  const common = { kind, name, proposal: proposal.peek()?.id ?? null };
  const asked = name ? { ...common, limit: 400 } : { ...common, limit, near: from, radius_m };
  const { features } = await fetchFeatures(sceneId.peek(), asked);
  const found = features.map((each) => nearby(each, from)).sort((a, b) => a.distance_m - b.distance_m);
  if (!name) return found;
  const seen = new Set<string>();
  const once = found.filter((each) => {
    const key = `${each.name}|${each.feature.properties.kind}`;
    return !seen.has(key) && seen.add(key);
  });
  return once.slice(0, limit);
}

const POINTS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type CompassPoint = (typeof POINTS)[number];
export const COMPASS = POINTS.map((point, index) => [point, index * 45] as const);

/** "120 m north-west" */
export function whereabouts({ distance_m, bearing_deg }: Pick<Nearby, "distance_m" | "bearing_deg">): string {
  if (distance_m < 1) return t("list.here");
  const point = POINTS[Math.round(bearing_deg / 45) % 8] as CompassPoint;
  const far = formatNumber(Math.round(distance_m), { maximumSignificantDigits: 2 });
  return t("list.whereabouts", { far, direction: t(`compass.${point}`) });
}
