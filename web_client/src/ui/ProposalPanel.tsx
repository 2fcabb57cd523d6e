/** The open proposal: its changes and cost, what people say, what becomes of it, and how to bring others in. */
import { useEffect } from "preact/hooks";
import { loadDiscussion } from "../state/discussion";
import { proposalPart } from "../state/panels";
import { proposal, proposalSeq } from "../state/proposal";
import { t } from "../state/words";
import { PanelFrame } from "./Panel";
import { Changes } from "./proposal/Changes";
import { Decide } from "./proposal/Decide";
import { Share } from "./proposal/Share";
import { Talk } from "./proposal/Talk";

const PARTS = { changes: Changes, talk: Talk, decide: Decide, share: Share } as const;

export function ProposalPanel() {
  const held = proposal.value;
  const key = `${held?.id}:${proposalSeq.value}`;
  useEffect(() => void loadDiscussion(), [key]);
  const now = held ? proposalPart.value : proposalPart.value === "share" ? "share" : "changes";
  const Part = PARTS[now];
  const offered = (Object.keys(PARTS) as (keyof typeof PARTS)[]).filter(
    (each) => held || each === "changes" || each === "share",
  );
  return (
    <PanelFrame name={t("proposal.open")} title={held?.title ?? t("history.title")}>
      {held?.status && held.status !== "draft" && <p class="state">{t(`state.${held.status}`)}</p>}
      <fieldset class="chips tabs">
        <legend>{t("proposal.parts")}</legend>
        {offered.map((each) => (
          <label class="chip" key={each}>
            <input
              type="radio"
              name="part"
              checked={now === each}
              onChange={() => {
                proposalPart.value = each;
              }}
            />
            <span>{t(`part.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <Part />
    </PanelFrame>
  );
}
