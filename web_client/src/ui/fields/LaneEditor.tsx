/** A street's cross-section as strips side by side: drag one to another place, or move it with the arrow keys. */
import { useEffect, useRef, useState } from "preact/hooks";
import { draft } from "../../state/draft";
import type { Strip } from "../../state/facts";
import {
  PLAIN_STREET,
  type Section,
  STRIP_COLOURS,
  sectionIn,
  sectionOf,
  widthOf,
  withChanged,
  withMoved,
  withoutStrip,
  withStrip,
} from "../../state/lanes";
import { arrived } from "../../state/records";
import { formatNumber, t, tOr } from "../../state/words";
import type { FormField } from "../../wire/types";
import { type FieldProps, labelOfField } from "./props";

const STEP_M = 0.25;
const nameOf = (kind: string) => tOr(`lane.${kind}`, kind);
const ARROWS = { forward: "↑", backward: "↓", both: "↕" } as const;
const metres = (value: number) => t("measure.m", { value: formatNumber(value) });
const inner = (field: FormField, name: string) => field.fields.find((each) => each.name === name);

/** What a strip may be, as options of a list. */
const Kinds = ({ field }: { field: FormField }) =>
  (inner(field, "kind")?.choices ?? []).map((each) => (
    <option key={each} value={each}>
      {nameOf(each)}
    </option>
  ));

interface StripsProps {
  readonly section: Section;
  readonly chosen: number;
  readonly choose: (at: number) => void;
  readonly move: (from: number, to: number) => void;
}

/** The strips to scale; the one that is dragged changes places with those it passes. */
function Strips({ section, chosen, choose, move }: StripsProps) {
  const row = useRef<HTMLDivElement>(null);
  const dragged = useRef<number | null>(null);
  const under = (x: number) => {
    const strips = [...(row.current?.children ?? [])];
    return strips.findIndex((each) => x >= each.getBoundingClientRect().left && x < each.getBoundingClientRect().right);
  };
  const go = (from: number, by: number) => {
    const to = Math.min(section.length - 1, Math.max(0, from + by));
    move(from, to);
    (row.current?.children[to] as HTMLElement | undefined)?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a flex row in all browsers
    <div class="strips" ref={row} role="group" aria-label={t("lanes.across")}>
      {section.map((each, index) => (
        <button
          key={index}
          type="button"
          class={`strip ${each.kind}`}
          style={{ flexGrow: each.width_m, "--strip": STRIP_COLOURS[each.kind] ?? "#888" }}
          aria-pressed={index === chosen}
          aria-label={t("lanes.strip", {
            number: index + 1,
            count: section.length,
            kind: nameOf(each.kind),
            width: metres(each.width_m),
          })}
          onClick={() => choose(index)}
          onKeyDown={(event) => {
            const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
            if (by === 0) return;
            event.preventDefault();
            go(index, by);
          }}
          onPointerDown={(event) => {
            dragged.current = index;
            choose(index);
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            if (dragged.current === null) return;
            const to = under(event.clientX);
            if (to < 0 || to === dragged.current) return;
            move(dragged.current, to);
            dragged.current = to;
          }}
          onPointerUp={() => {
            dragged.current = null;
          }}
          onPointerCancel={() => {
            dragged.current = null;
          }}
        >
          <span aria-hidden="true">{ARROWS[each.direction]}</span>
          <span aria-hidden="true">{formatNumber(each.width_m)}</span>
        </button>
      ))}
    </div>
  );
}

interface OneProps {
  readonly field: FormField;
  readonly strip: Strip;
  readonly change: (part: Partial<Strip>) => void;
  readonly remove: () => void;
}

function OneStrip({ field, strip, change, remove }: OneProps) {
  const width = inner(field, "width_m");
  const [least, most] = [width?.least ?? 0.3, width?.most ?? 15];
  const wide = (value: number) => change({ width_m: Math.round(Math.min(most, Math.max(least, value)) * 100) / 100 });
  return (
    <div class="pair strip-form">
      <label>
        {t("lanes.kind")}
        <select value={strip.kind} onChange={({ currentTarget }) => change({ kind: currentTarget.value })}>
          <Kinds field={field} />
        </select>
      </label>
      <label>
        {t("lanes.direction")}
        <select
          value={strip.direction}
          onChange={({ currentTarget }) => change({ direction: currentTarget.value as Strip["direction"] })}
        >
          {(inner(field, "direction")?.choices ?? []).map((each) => (
            <option key={each} value={each}>
              {ARROWS[each as Strip["direction"]]} {tOr(`field.direction.${each}`, each)}
            </option>
          ))}
        </select>
      </label>
      <div class="field number">
        <label for="strip-width">
          {tOr("field.width_m", "Width")} <span class="unit">m</span>
        </label>
        <div class="stepper">
          <button
            type="button"
            aria-label={t("field.less", { label: tOr("field.width_m", "Width") })}
            onClick={() => wide(strip.width_m - STEP_M)}
          >
            −
          </button>
          <input
            id="strip-width"
            type="number"
            inputMode="decimal"
            step="any"
            min={least}
            max={most}
            value={strip.width_m}
            onChange={({ currentTarget }) =>
              Number.isFinite(currentTarget.valueAsNumber) && wide(currentTarget.valueAsNumber)
            }
          />
          <button
            type="button"
            aria-label={t("field.more", { label: tOr("field.width_m", "Width") })}
            onClick={() => wide(strip.width_m + STEP_M)}
          >
            +
          </button>
        </div>
      </div>
      <button type="button" class="plain" onClick={remove}>
        {t("lanes.remove")}
      </button>
    </div>
  );
}

export function LaneEditor({ field, value, onChange }: FieldProps) {
  void arrived.value;
  const [chosen, choose] = useState(0);
  // A hand may move a strip on before the last move is drawn.
  const latest = useRef<Section>([]);
  const road = draft.value?.values.road;
  const standing = sectionOf(road);
  const section = sectionIn(value);
  const begun = section.length > 0;
  useEffect(() => {
    if (standing?.length && !begun) onChange(standing);
  }, [road, standing === null, begun]);
  const at = Math.min(chosen, section.length - 1);
  const strip = section[at];
  if (!field.required && !begun)
    return (
      <button type="button" class="plain" onClick={() => onChange(PLAIN_STREET)}>
        {t("lanes.begin")}
      </button>
    );
  if (field.required && typeof road !== "string") return null;
  latest.current = section;
  const put = (next: Section) => {
    latest.current = next;
    onChange(next.length ? next : undefined);
  };
  return (
    <fieldset class="field lanes">
      <legend>{labelOfField(field)}</legend>
      <Strips
        section={section}
        chosen={at}
        choose={choose}
        move={(from, to) => {
          put(withMoved(latest.current, from, to));
          choose(to);
        }}
      />
      <p class="measures" role="status">
        {standing?.length
          ? t("lanes.total", { now: metres(widthOf(section)), before: metres(widthOf(standing)) })
          : metres(widthOf(section))}
      </p>
      {strip && (
        <OneStrip
          field={field}
          strip={strip}
          change={(part) => put(withChanged(section, at, part))}
          remove={() => put(withoutStrip(section, at))}
        />
      )}
      {(field.longest === null || section.length < field.longest) && (
        <label>
          {t("lanes.add")}
          <select
            value=""
            onChange={({ currentTarget }) => {
              if (!currentTarget.value) return;
              put(withStrip(section, currentTarget.value));
              choose(section.length);
              currentTarget.value = "";
            }}
          >
            <option value="">{t("lanes.which")}</option>
            <Kinds field={field} />
          </select>
        </label>
      )}
      {standing && standing.length > 0 && (
        <button type="button" class="plain" onClick={() => onChange(standing)}>
          {t("lanes.reset")}
        </button>
      )}
    </fieldset>
  );
}
