/** Who is here, and the addresses that bring others in: to take part, or only to look. */
import { useEffect, useState } from "preact/hooks";
import { announce } from "../../state/announce";
import { copyLink, shareLink } from "../../state/basics";
import { visitors, you } from "../../state/live";
import { editCount, proposal } from "../../state/proposal";
import { change, settings } from "../../state/settings";
import { view } from "../../state/view";
import { t } from "../../state/words";

const short = (word: string) => `${location.origin}/s/${word}`;

function Code({ address, label }: { address: string; label: string }) {
  const [image, draw] = useState("");
  useEffect(() => {
    let current = true;
    void import("uqr").then(({ renderSVG }) => current && draw(renderSVG(address, { border: 2 })));
    return () => {
      current = false;
    };
  }, [address]);
  return image ? (
    <img class="code-image" alt={label} src={`data:image/svg+xml,${encodeURIComponent(image)}`} />
  ) : (
    <div class="code-image" />
  );
}

function Door({ word, way }: { word: string; way: "take" | "look" }) {
  const address = short(word);
  const copy = () =>
    navigator.clipboard
      .writeText(address)
      .then(() => announce(t("share.copied"), "good"))
      .catch(() => announce(t("share.failed", { link: address })));
  return (
    <section class="door">
      <Code address={address} label={t(`share.${way}.code`)} />
      <div>
        <h3>{t(`share.${way}`)}</h3>
        <p class="code">{address.replace(/^https?:\/\//, "")}</p>
        <button type="button" class="small" onClick={() => void copy()}>
          {t("share.copyThis")}
        </button>
      </div>
    </section>
  );
}

export function Share() {
  void view.value;
  const held = proposal.value;
  const others = visitors.value.filter((each) => each.id !== you.value?.id);
  return (
    <>
      <h3>{t("people.title")}</h3>
      <ul class="people">
        <li>{settings.value.name ? `${settings.value.name} (${t("people.you")})` : t("people.you")}</li>
        {others.map((each) => (
          <li key={each.id} dir="auto">
            {each.name || t("people.someone")}
          </li>
        ))}
      </ul>
      <label>
        {t("people.name")}
        <input
          type="text"
          maxLength={40}
          autocomplete="nickname"
          value={settings.value.name}
          onInput={({ currentTarget }) => change({ name: currentTarget.value })}
        />
      </label>
      {held?.code && editCount.value > 0 && <Door word={held.code} way="take" />}
      {held?.look && editCount.value > 0 && <Door word={held.look} way="look" />}
      <h3>{t("share.link")}</h3>
      <p class="quiet">{t(held ? "share.room" : "share.view")}</p>
      <label>
        {t("share.link")}
        <input type="text" readOnly value={shareLink()} onFocus={({ currentTarget }) => currentTarget.select()} />
      </label>
      <button type="button" class="primary" onClick={() => void copyLink()}>
        {t("share.copy")}
      </button>
      {held?.page && (
        <p>
          <a href={held.page}>{t("share.page")}</a>
        </p>
      )}
    </>
  );
}
