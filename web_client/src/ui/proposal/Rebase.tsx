/** Carrying a proposal over to newer data: what no longer fits is given up, kept waiting, or meant for something else. */
import { useEffect, useState } from "preact/hooks";
import { announce } from "../../state/announce";
import { goNear, nameOf } from "../../state/around";
import { loadDiscussion } from "../../state/discussion";
import { mayChange } from "../../state/live";
import { openProposal } from "../../state/proposal";
import { details } from "../../state/selection";
import { t } from "../../state/words";
import { type OrphanAnswers, rebaseProposal, tryRebase } from "../../wire/proposals";
import type { Edit, Kind, Orphan, OrphanAnswer, RebaseReport } from "../../wire/types";
import { ThingInput } from "../fields/GestureInput";

/** Fields that name one thing in the city, and the kinds of things that it may be. */
const NAMING: Readonly<Record<string, readonly Kind[]>> = {
  road: ["road"],
  building: ["building"],
  green: ["green"],
  thing: ["furniture", "barrier", "stop"],
};

/** The field by which an edit means something that another thing may stand in for. */
const namingField = ({ edit, field }: Orphan): string | undefined =>
  [field, ...Object.keys(NAMING)].find((each) => each in NAMING && each in edit);

interface OrphanProps {
  readonly orphan: Orphan;
  readonly answer: OrphanAnswer | undefined;
  readonly onAnswer: (answer: OrphanAnswer | undefined) => void;
}

/** Another thing for an edit: chosen from a list of what is around, or selected in the city. */
function Instead({ orphan, answer, onAnswer, field }: OrphanProps & { field: string }) {
  const kinds = NAMING[field] ?? [];
  const meant = answer && answer !== "keep" ? (answer as Readonly<Record<string, unknown>>)[field] : undefined;
  const now = details.value;
  const mean = (id: string | undefined) => onAnswer(id ? ({ ...orphan.edit, [field]: id } as Edit) : undefined);
  return (
    <>
      {now.step === "known" && kinds.includes(now.feature.properties.kind) && (
        <button type="button" class="small" onClick={() => mean(now.id)}>
          {t("rebase.selected", { name: nameOf(now.feature) })}
        </button>
      )}
      <ThingInput
        id={`orphan-${orphan.number}`}
        label={t("rebase.instead")}
        kinds={kinds}
        value={typeof meant === "string" ? meant : undefined}
        onChange={(feature) => mean(feature?.id)}
      />
    </>
  );
}

type Way = "up" | "keep" | "instead";

function Lost({ orphan, answer, onAnswer }: OrphanProps) {
  const field = namingField(orphan);
  const [way, setWay] = useState<Way | null>(null);
  const take = (wanted: Way) => {
    setWay(wanted);
    onAnswer(wanted === "up" ? null : wanted === "keep" ? "keep" : undefined);
  };
  const ways: readonly Way[] = field ? ["instead", "keep", "up"] : ["keep", "up"];
  return (
    <li>
      <p class="sentence">{orphan.sentence}</p>
      <p class="problem">{orphan.reason}</p>
      <fieldset class="chips">
        <legend>{t("rebase.what")}</legend>
        {ways.map((each) => (
          <label class="chip" key={each}>
            <input type="radio" name={`orphan-${orphan.number}`} checked={way === each} onChange={() => take(each)} />
            <span>{t(`rebase.${each}.do`)}</span>
          </label>
        ))}
      </fieldset>
      {orphan.at && (
        <button type="button" class="small" onClick={() => orphan.at && goNear(orphan.at, 160)}>
          {t("talk.where")}
        </button>
      )}
      {way === "instead" && field && <Instead orphan={orphan} answer={answer} onAnswer={onAnswer} field={field} />}
    </li>
  );
}

const withAnswer = (answers: OrphanAnswers, number: number, answer: OrphanAnswer | undefined): OrphanAnswers => {
  const others = Object.entries(answers).filter(([each]) => Number(each) !== number);
  return Object.fromEntries(answer === undefined ? others : [...others, [number, answer]]);
};

export function Rebase({ id }: { id: string }) {
  const [answers, setAnswers] = useState<OrphanAnswers>({});
  const [asked, setAsked] = useState<readonly Orphan[]>([]);
  const [report, setReport] = useState<RebaseReport | null>(null);
  const [problem, tell] = useState("");
  const [busy, work] = useState(false);
  const answered = JSON.stringify(answers);
  useEffect(() => {
    let current = true;
    tryRebase(id, answers)
      .then((found) => {
        if (!current) return;
        tell("");
        setReport(found);
        // What has been answered stays to be seen, and answers may bring up more.
        setAsked((before) => {
          const fresh = [...found.orphans, ...found.waiting];
          const gone = before.filter((each) => !fresh.some((other) => other.number === each.number));
          return [...gone, ...fresh].sort((a, b) => a.number - b.number);
        });
      })
      .catch((error: Error) => current && tell(error.message));
    return () => {
      current = false;
    };
  }, [id, answered]);
  const carry = () => {
    work(true);
    rebaseProposal(id, answers)
      .then(() => openProposal(id))
      .then(() => loadDiscussion())
      .then(() => announce(t("rebase.done"), "good"))
      .catch((error: Error) => tell(error.message))
      .finally(() => work(false));
  };
  if (!report?.needed) return problem ? <p class="problem">{problem}</p> : null;
  const open = report.orphans.length;
  return (
    <section aria-label={t("rebase.title")}>
      <h3>{t("rebase.title")}</h3>
      <p role="status">{t("rebase.fits", { count: report.edits.length - open - report.waiting.length, open })}</p>
      {report.found.length > 0 && (
        <ul class="history">
          {report.found.map((each) => (
            <li key={each.number}>{each.sentence}</li>
          ))}
        </ul>
      )}
      <ul class="results">
        {asked.map((each) => (
          <Lost
            key={each.number}
            orphan={each}
            answer={answers[each.number]}
            onAnswer={(answer) => setAnswers((before) => withAnswer(before, each.number, answer))}
          />
        ))}
      </ul>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {mayChange.value && (
        <button type="button" class="primary" disabled={busy || open > 0} onClick={carry}>
          {t("rebase.do")}
        </button>
      )}
    </section>
  );
}
