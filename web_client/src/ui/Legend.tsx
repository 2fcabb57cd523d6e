/** Which result is painted on the city, its scale as colour, pattern and number, and the value one points at. */
import { impacts, paint, painted, paintedId, valueAt } from "../state/impacts";
import { pointerHit } from "../state/pointer";
import { classOf } from "../state/ramp";
import { unitName } from "../state/sentences";
import { settings } from "../state/settings";
import { formatNumber, t, tOr } from "../state/words";
import type { ImpactLayer } from "../wire/types";

const labelOf = (layer: ImpactLayer) => tOr(`layer.${layer.id}`, layer.label ?? layer.id);

/** The layers by the model they come from, in one list. */
export function LayerPicker() {
  const layers = impacts.value?.layers ?? [];
  if (layers.length === 0) return null;
  return (
    <label class="layers">
      <span>{t("layers.title")}</span>
      <select value={paintedId.value ?? ""} onChange={({ currentTarget }) => paint(currentTarget.value || null)}>
        <option value="">{t("layers.none")}</option>
        {layers.map((each) => (
          <option key={each.id} value={each.id}>
            {labelOf(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A colour with its stripes, as broad as on the city. */
function Swatch({ colour, step }: { colour: string; step: number }) {
  const width = settings.value.patterns ? step : 0;
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <rect width="20" height="20" fill={colour} />
      {width > 0 && (
        <path d="M-5 5 5-5M-5 15 15-5M-5 25 25-5M5 25 25 5" stroke="#00000044" stroke-width={width / 1.4} />
      )}
    </svg>
  );
}

export function Legend() {
  const layer = painted.value;
  if (!layer) return null;
  const hit = pointerHit.value;
  const value = hit && valueAt.value?.(hit);
  return (
    <figure class="legend">
      <figcaption>
        {t("legend.title", { label: labelOf(layer), unit: unitName(layer.unit) })}
        {value !== null && value !== undefined && (
          <strong>
            {" "}
            ·{" "}
            {t("legend.here", {
              value: formatNumber(value, { maximumSignificantDigits: 2 }),
              unit: unitName(layer.unit),
            })}
          </strong>
        )}
      </figcaption>
      <ol>
        {layer.legend.map(([at, colour]) => (
          <li key={at}>
            <Swatch colour={colour} step={classOf(layer.legend, at)} />
            {formatNumber(at)}
          </li>
        ))}
      </ol>
    </figure>
  );
}
