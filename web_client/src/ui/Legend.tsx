/** The scale of the layer that is painted on the city: colour and number side by side. */
import { impacts, paint, painted, paintedId } from "../state/impacts";
import { formatNumber, t, tOr } from "../state/words";

/** Which layer of the results is painted on the city. */
export function LayerPicker() {
  const layers = impacts.value?.layers ?? [];
  if (layers.length === 0) return null;
  return (
    <label class="layers">
      {t("layers.title")}
      <select value={paintedId.value ?? ""} onChange={(event) => paint(event.currentTarget.value || null)}>
        <option value="">{t("layers.none")}</option>
        {layers.map((layer) => (
          <option key={layer.id} value={layer.id}>
            {tOr(`layer.${layer.id}`, layer.label ?? layer.id)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Legend() {
  const layer = painted.value;
  if (!layer) return null;
  const label = tOr(`layer.${layer.id}`, layer.label ?? layer.id);
  return (
    <figure class="legend">
      <figcaption>{t("legend.title", { label, unit: layer.unit })}</figcaption>
      <ol>
        {layer.legend.map(([value, colour]) => (
          <li key={value}>
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" fill={colour} />
            </svg>
            {formatNumber(value)}
          </li>
        ))}
      </ol>
    </figure>
  );
}
