/** What is around as a plan, north up: the same things as in the list, to be read by touching them. */
import { here, type Nearby } from "../state/around";
import type { XY } from "../state/frame";
import { linesOf, polygonsOf, positionOf } from "../state/geometry";
import { localOf } from "../state/place";
import { select, selected } from "../state/selection";
import { formatNumber, t } from "../state/words";
import type { Feature } from "../wire/types";

const SIDE = 400;
const NAMED = 12;

/** A feature's outline in the plan's pixels. */
function pathOf(feature: Feature, put: (at: XY) => XY): string {
  const drawn = (line: readonly XY[], close: string) =>
    line.length
      ? `M${line
          .map((at) =>
            put(at)
              .map((each) => each.toFixed(1))
              .join(" "),
          )
          .join("L")}${close}`
      : "";
  const rings = polygonsOf(feature, localOf).flat();
  if (rings.length) return rings.map((ring) => drawn(ring, "Z")).join("");
  return linesOf(feature, localOf)
    .map((line) => drawn(line, ""))
    .join("");
}

/** As far as what is shown reaches, in steps of fifty metres. */
const reachOf = (items: readonly Nearby[]) =>
  Math.max(50, Math.min(1_000, Math.ceil(Math.max(0, ...items.map((each) => each.distance_m)) / 50) * 50));

export function Plan({ items }: { items: readonly Nearby[] }) {
  const from = here.value;
  if (!from) return null;
  const radius_m = reachOf(items);
  const [x0, y0] = localOf(from);
  const put = ([x, y]: XY): XY => [
    SIDE / 2 + ((x - x0) / radius_m) * (SIDE / 2),
    SIDE / 2 - ((y - y0) / radius_m) * (SIDE / 2),
  ];
  const names = new Map(items.filter((each) => each.feature.properties.name).map((each) => [each.name, each]));
  return (
    <figure class="plan">
      {/* The list below holds the same things for those who cannot see or touch the plan. */}
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="img" aria-label={t("plan.label", { radius: formatNumber(radius_m) })}>
        {items.map(({ feature }) => {
          const path = pathOf(feature, put);
          const kind = `${feature.properties.kind}${selected.value === feature.id ? " selected" : ""}`;
          if (path)
            // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard the list below does the same
            return <path key={feature.id} class={kind} d={path} onClick={() => select(feature.id)} />;
          const [x, y] = put(localOf(positionOf(feature)));
          // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard the list below does the same
          return <circle key={feature.id} class={kind} cx={x} cy={y} r="5" onClick={() => select(feature.id)} />;
        })}
        {[...names.values()].slice(0, NAMED).map(({ feature, name }) => {
          const [x, y] = put(localOf(positionOf(feature)));
          return (
            <text key={feature.id} x={x} y={y} text-anchor="middle">
              {name.length > 24 ? `${name.slice(0, 23)}…` : name}
            </text>
          );
        })}
        <path class="here" d={`M${SIDE / 2} ${SIDE / 2 - 9}l6 16-6-4-6 4z`} />
        <text x={SIDE - 14} y="20" text-anchor="middle">
          ↑ {t("compass.n").slice(0, 1).toUpperCase()}
        </text>
      </svg>
      <figcaption class="quiet">{t("plan.caption", { radius: formatNumber(radius_m) })}</figcaption>
    </figure>
  );
}
