/** The change one is making up: what to do next, what it measures, its fields, and the button that proposes it. */
import { useState } from "preact/hooks";
import { announce } from "../state/announce";
import {
  chooseWay,
  type Draft,
  draft,
  fieldOf,
  isDrawn,
  labelOfVerb,
  measures,
  missing,
  offered,
  pointAt,
  sendDraft,
  setSketch,
  setValue,
  stepBackInDraft,
  stopDraft,
  update,
} from "../state/draft";
import { panel } from "../state/panels";
import { trial, untouched } from "../state/trial";
import { picture } from "../state/view";
import { formatMoney, t, tOr, type WordKey } from "../state/words";
import { Field } from "./fields/Field";
import { labelOfField } from "./fields/props";
import { Icon } from "./icons";
import { useFocusIfLost } from "./Panel";

/** What one does next with the pointer. */
function hintOf(now: Draft): string {
  const field = fieldOf(now.form, now.pointing);
  if (!field) return t("draft.ready");
  if (untouched(now)) return t("hint.lanes.same");
  const filled = !missing(now).includes(field.name);
  const step = isDrawn(field)
    ? now.closed
      ? "closed"
      : now.sketch.length === 0
        ? "empty"
        : filled
          ? "enough"
          : "more"
    : filled
      ? "chosen"
      : "empty";
  const name = `hint.${field.gesture}.${step}`;
  return tOr(name, tOr(`hint.${step}`, labelOfField(field)));
}

function Ways({ now }: { now: Draft }) {
  const { one_of: ways, verb } = now.form;
  if (ways.length < 2) return null;
  return (
    <fieldset class="field chips">
      <legend>{t("draft.how")}</legend>
      {ways.map((names, index) => (
        <label class="chip" key={names.join()}>
          <input type="radio" name="way" checked={now.way === index} onChange={() => chooseWay(index)} />
          <span>{tOr(`way.${verb}.${names[0]}`, tOr(`field.${names[0]}`, String(names[0])))}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** In the form: what may be left out of something in the city is asked for only when it is wanted. */
function Wanted({ now, name }: { now: Draft; name: string }) {
  const field = fieldOf(now.form, name);
  const needed = field?.required || now.form.one_of[now.way]?.includes(name);
  const [open, setOpen] = useState(needed || now.values[name] !== undefined);
  if (!field) return null;
  const label = tOr(`field.${name}.point`, labelOfField(field));
  return (
    <>
      {!needed && (
        <button
          type="button"
          class="plain"
          aria-expanded={open}
          onClick={() => {
            if (open) setValue(name, undefined);
            setOpen(!open);
          }}
        >
          {open ? t("field.without", { label }) : label}
        </button>
      )}
      {open && <Field field={field} value={now.values[name]} onChange={(value) => setValue(name, value)} />}
    </>
  );
}

/** A field that pointing may fill besides the first: part of a street, a new outline. */
function PointingField({ now, name }: { now: Draft; name: string }) {
  const field = fieldOf(now.form, name);
  if (!field || name === now.pointing || missing(now).length > 0) return null;
  return (
    <button type="button" class="plain" onClick={() => pointAt(name)}>
      {tOr(`field.${name}.point`, labelOfField(field))}
    </button>
  );
}

/** What the draft would meet with, before it is proposed. */
function Guards({ now }: { now: Draft }) {
  const { problem, warnings, cost, sentences } = trial.value;
  if (now.problem) return null;
  return (
    <div role="status" class="guards">
      {problem?.detail && <p class="problem">{problem.detail}</p>}
      {warnings.map((each) => (
        <p key={`${each.code}${each.detail}`} class="warning">
          {each.detail}
        </p>
      ))}
      {sentences.length > 0 && (
        <details class="about">
          <summary>{t("draft.several", { count: sentences.length })}</summary>
          <ol class="history">
            {sentences.map((each, index) => (
              <li key={`${index}${each}`}>{each}</li>
            ))}
          </ol>
        </details>
      )}
      {cost && (
        <p class="quiet">
          {t("cost.range", { low: formatMoney(cost.low, cost.currency), high: formatMoney(cost.high, cost.currency) })}
        </p>
      )}
    </div>
  );
}

async function propose(): Promise<void> {
  const became = await sendDraft();
  if (!became) return;
  if (became === "kept") return announce(t("draft.kept"));
  announce(t("draft.done"), "good");
  if (panel.peek() === null || panel.peek() === "propose") panel.value = "impacts";
}

export function DraftCard() {
  const now = draft.value;
  const heading = useFocusIfLost(now?.form.verb);
  if (!now) return null;
  const pointing = now.by === "pointing" && picture.value !== "unsupported";
  const fields = offered(now.form, now.way);
  const absent = missing(now);
  const title = labelOfVerb(now.form);
  return (
    <form
      class={absent.length > 0 && pointing ? "panel draft pointing" : "panel draft"}
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        void propose();
      }}
    >
      <h2 ref={heading} tabIndex={-1}>
        <Icon name={now.form.verb} /> {title}
      </h2>
      <button type="button" class="close" aria-label={t("draft.stop")} onClick={stopDraft}>
        <Icon name="close" />
      </button>
      {pointing ? (
        <p class="hint" role="status">
          {hintOf(now)}
        </p>
      ) : (
        <p class="quiet">{tOr(`verb.${now.form.verb}.help`, now.form.summary)}</p>
      )}
      {measures.value.length > 0 && <p class="measures">{measures.value.filter(Boolean).join(" · ")}</p>}
      <Guards now={now} />
      {now.problem?.detail && (
        <p class="problem" role="alert">
          {now.problem.detail}
        </p>
      )}
      <Ways now={now} />
      {fields.map((field) => {
        if (field.kind === "gesture" && !pointing)
          return <Wanted key={`${now.way}-${field.name}`} now={now} name={field.name} />;
        if (field.kind !== "gesture")
          return (
            <Field
              key={`${now.way}-${field.name}`}
              field={field}
              value={now.values[field.name]}
              onChange={(value) => setValue(field.name, value)}
            />
          );
        return <PointingField key={field.name} now={now} name={field.name} />;
      })}
      <div class="actions">
        {pointing && (
          <button type="button" class="plain" onClick={stepBackInDraft}>
            {t("draft.back")}
          </button>
        )}
        {pointing && !now.closed && isDrawn(fieldOf(now.form, now.pointing)) && now.sketch.length > 2 && (
          <button type="button" class="plain" onClick={() => setSketch(now.sketch, true)}>
            {t("draft.finish")}
          </button>
        )}
        <button type="submit" class="primary" disabled={absent.length > 0 || now.sending}>
          {t(now.sending ? "draft.sending" : "draft.propose")}
        </button>
      </div>
      {absent.length > 0 && !pointing && (
        <p class="quiet" role="status">
          {t("draft.missing", { what: absent.map((name) => tOr(`field.${name}`, name)).join(", ") })}
        </p>
      )}
      {picture.value !== "unsupported" && (
        <button type="button" class="link" onClick={() => update({ by: pointing ? "form" : "pointing" })}>
          {t((pointing ? "draft.byForm" : "draft.byPointing") as WordKey)}
        </button>
      )}
    </form>
  );
}
