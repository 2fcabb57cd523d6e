/** Which result is painted on the city, its scale as colour and number, and the value one points at. */
import { impacts, paint, painted, paintedId, valueAt } from "../state/impacts";
import { pointerHit } from "../state/pointer";
import { unitName } from "../state/sentences";
import { formatNumber, t, tOr } from "../state/words";
import type { ImpactLayer } from "../wire/types";

const labelOf = (layer: ImpactLayer) => tOr(`layer.${layer.id}`, layer.label ?? layer.id);

export function LayerPicker() {
  const layers = impacts.value?.layers ?? [];
  if (layers.length === 0) return null;
  const choices: readonly (readonly [string | null, string])[] = [
    [null, t("layers.none")],
    ...layers.map((each) => [each.id, labelOf(each)] as const),
  ];
  return (
    <fieldset class="chips layers">
      <legend>{t("layers.title")}</legend>
      {choices.map(([id, label]) => (
        <label class="chip" key={id}>
          <input type="radio" name="layer" checked={paintedId.value === id} onChange={() => paint(id)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
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
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" fill={colour} />
            </svg>
            {formatNumber(at)}
          </li>
        ))}
      </ol>
    </figure>
  );
}
