/** What the record of a feature says, as text. */
import type { Doubted, Feature } from "../wire/types";
import { formatNumber, t, tOr } from "./words";

/** A strip of a street's cross-section. */
export interface Strip {
  readonly kind: string;
  readonly width_m: number;
  readonly direction: "forward" | "backward" | "both";
}

export const isStrip = (value: unknown): value is Strip =>
  typeof value === "object" && value !== null && "width_m" in value && "kind" in value;

export const isDoubted = (value: unknown): value is Doubted =>
  typeof value === "object" && value !== null && "basis" in value;

/** A value without its doubt. */
export const bare = (value: unknown): unknown => (isDoubted(value) ? value.value : value);

export function plainText(value: unknown): string {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return t(value ? "value.true" : "value.false");
  if (Array.isArray(value)) return value.map(plainText).join(", ");
  if (isStrip(value))
    return `${tOr(`lane.${value.kind}`, value.kind)} ${t("measure.m", { value: formatNumber(value.width_m) })}`;
  if (typeof value === "object" && value !== null) return Object.values(value).map(plainText).join(", ");
  return tOr(`value.${String(value)}`, String(value).replaceAll("_", " "));
}

/** Its name, or what kind of thing it is. */
export function titleOf({ properties }: Feature): string {
  const name = bare(properties.name);
  return typeof name === "string" && name !== "" ? name : t(`kind.${properties.kind}`);
}
