/** A three-dimensional model that one brings as a file; the server reads it and gives it an id. */
import { useState } from "preact/hooks";
import { t } from "../../state/words";
import { sendModel } from "../../wire/models";
import { type FieldProps, labelOfField } from "./props";

export function ModelInput({ field, value, onChange }: FieldProps) {
  const [told, tell] = useState<readonly string[]>([]);
  const [problem, complain] = useState("");
  const [busy, work] = useState(false);
  const bring = (file: File | undefined) => {
    if (!file) return;
    work(true);
    complain("");
    sendModel(file)
      .then(({ id, notes = [] }) => {
        tell(notes);
        onChange(id);
      })
      .catch((error: Error) => complain(error.message))
      .finally(() => work(false));
  };
  return (
    <div class="field">
      <label for={`field-${field.name}`}>{labelOfField(field)}</label>
      <input
        id={`field-${field.name}`}
        type="file"
        accept=".glb,.gltf,.obj,.stl,.ply"
        onChange={({ currentTarget }) => bring(currentTarget.files?.[0])}
      />
      <p class="quiet" role="status">
        {busy ? t("import.working") : value ? t("model.brought") : t("model.formats")}
      </p>
      {told.map((each) => (
        <p key={each} class="quiet">
          {each}
        </p>
      ))}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
