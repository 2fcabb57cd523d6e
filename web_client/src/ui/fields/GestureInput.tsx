/** Something in the city, filled without pointing: chosen from what is around, or placed by distance and direction. */
import { useEffect, useState } from "preact/hooks";
import { COMPASS, here, look, type Nearby, whereabouts } from "../../state/around";
import { narrowed } from "../../state/draft";
import type { XY } from "../../state/frame";
import { areaOf, linesOf, moved, polygonsOf, positionOf, rectangle, shifted } from "../../state/geometry";
import { localOf, lonLatOf } from "../../state/place";
import { formatNumber, t } from "../../state/words";
import type { Feature, FormField, Kind, LonLat } from "../../wire/types";
import { type FieldProps, labelOfField } from "./props";

const KINDS: Readonly<Record<string, readonly (Kind | "")[]>> = {
  road: ["road"],
  lanes: ["road"],
  building: ["building"],
  green: ["green"],
  trees: ["tree"],
  thing: ["furniture", "barrier", "stop"],
};
const RADIUS_M = 450;
const MOST_OPTIONS = 150;

type Found = readonly Nearby[] | "looking" | "failed";
const ASK_AGAIN_MS = 2_000;

/** Things of a kind, nearest first, narrowed by a name; asked for again while the server cannot be reached. */
function useThings(kinds: readonly (Kind | "")[], name: string): Found {
  const [found, set] = useState<Found>("looking");
  const from = here.value;
  const asked = `${kinds.join()}|${name}|${from?.map((each) => each.toFixed(4)).join()}`;
  useEffect(() => {
    let current = true;
    let wait: ReturnType<typeof setTimeout>;
    const ask = () => {
      if (!from) return;
      look(from, { kind: kinds.join(",") as Kind, name, radius_m: RADIUS_M, limit: MOST_OPTIONS })
        .then((things) => current && set(things))
        .catch(() => {
          if (!current) return;
          set("failed");
          wait = setTimeout(ask, ASK_AGAIN_MS);
        });
    };
    wait = setTimeout(ask, name ? 250 : 0);
    return () => {
      current = false;
      clearTimeout(wait);
    };
  }, [asked]);
  return found;
}

const known = (found: Found): readonly Nearby[] => (typeof found === "string" ? [] : found);

const offer = (found: Found) =>
  found === "looking"
    ? t("list.looking")
    : found === "failed"
      ? t("list.failed")
      : t("field.choose", { count: found.length });

interface ThingProps {
  readonly id: string;
  readonly label: string;
  readonly kinds: readonly (Kind | "")[];
  readonly value: string | undefined;
  readonly onChange: (feature: Feature | undefined) => void;
}

export function ThingInput({ id, label, kinds, value, onChange }: ThingProps) {
  const name = narrowed.value[id] ?? "";
  const found = useThings(kinds, name);
  const things = known(found);
  const listed = things.some((each) => each.feature.id === value);
  return (
    <div class="field thing">
      <label for={`${id}-name`}>{t("field.narrow", { label })}</label>
      <input
        id={`${id}-name`}
        type="search"
        value={name}
        onInput={({ currentTarget }) => {
          narrowed.value = { ...narrowed.peek(), [id]: currentTarget.value };
        }}
      />
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={({ currentTarget }) =>
          onChange(things.find((each) => each.feature.id === currentTarget.value)?.feature)
        }
      >
        <option value="">{offer(found)}</option>
        {value && !listed && <option value={value}>{value}</option>}
        {things.map((each) => (
          <option key={each.feature.id} value={each.feature.id}>
            {each.name}, {whereabouts(each)}
          </option>
        ))}
      </select>
    </div>
  );
}

interface PlaceProps {
  readonly id: string;
  readonly label: string;
  readonly onChange: (at: LonLat) => void;
}

/** Where one is, or beside something that is there, so many metres in a direction. */
export function PlaceInput({ id, label, onChange }: PlaceProps) {
  const [base, setBase] = useState<Feature | null>(null);
  const [far, setFar] = useState(0);
  const [heading, setHeading] = useState(0);
  const things = known(useThings([""], "")).filter((each) => each.feature.properties.name);
  const from = base ? positionOf(base) : here.value;
  const key = `${from?.join()}|${far}|${heading}`;
  useEffect(() => {
    if (from) onChange(lonLatOf(moved(localOf(from), far, heading)));
  }, [key]);
  return (
    <fieldset class="field place">
      <legend>{label}</legend>
      <label for={`${id}-base`}>{t("place.from")}</label>
      <select
        id={`${id}-base`}
        value={base?.id ?? ""}
        onChange={({ currentTarget }) =>
          setBase(things.find((each) => each.feature.id === currentTarget.value)?.feature ?? null)
        }
      >
        <option value="">{t("place.here")}</option>
        {things.map((each) => (
          <option key={each.feature.id} value={each.feature.id}>
            {each.name}, {whereabouts(each)}
          </option>
        ))}
      </select>
      <div class="pair">
        <label>
          {t("place.far")}
          <input
            type="number"
            min="0"
            max="2000"
            value={far}
            onInput={({ currentTarget }) => setFar(currentTarget.valueAsNumber || 0)}
          />
        </label>
        <label>
          {t("place.direction")}
          <select value={heading} onChange={({ currentTarget }) => setHeading(Number(currentTarget.value))}>
            {COMPASS.map(([point, degrees]) => (
              <option key={point} value={degrees}>
                {t(`compass.${point}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </fieldset>
  );
}

function SmallNumber(props: { label: string; value: number; most: number; onChange: (value: number) => void }) {
  return (
    <label>
      {props.label}
      <input
        type="number"
        min="0"
        max={props.most}
        value={props.value}
        onInput={({ currentTarget }) => props.onChange(currentTarget.valueAsNumber || 0)}
      />
    </label>
  );
}

type AreaProps = { readonly field: FormField; readonly onChange: (value: unknown) => void };

const closed = (ring: readonly XY[]) => [[...ring, ring[0] as XY].map(lonLatOf)];

function AreaInput({ field, onChange }: AreaProps) {
  const [how, setHow] = useState<"rectangle" | "outline">("rectangle");
  const [at, setAt] = useState<LonLat | null>(null);
  const [size, setSize] = useState({ width: 15, length: 20, turn: 0 });
  const [outline, setOutline] = useState<Feature | null>(null);
  const shape = outline && polygonsOf(outline, localOf)[0]?.[0];
  const ring = how === "outline" ? shape : at && rectangle(localOf(at), size.width, size.length, size.turn);
  const key = JSON.stringify(ring ?? null);
  useEffect(() => onChange(ring ? closed(ring) : undefined), [key]);
  const label = labelOfField(field);
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      <div class="chips">
        {(["rectangle", "outline"] as const).map((each) => (
          <label class="chip" key={each}>
            <input type="radio" name={`how-${field.name}`} checked={how === each} onChange={() => setHow(each)} />
            <span>{t(`area.${each}`)}</span>
          </label>
        ))}
      </div>
      {how === "rectangle" ? (
        <>
          <PlaceInput id={`place-${field.name}`} label={t("area.middle")} onChange={setAt} />
          <div class="pair">
            <SmallNumber
              label={t("area.width")}
              most={500}
              value={size.width}
              onChange={(width) => setSize({ ...size, width })}
            />
            <SmallNumber
              label={t("area.length")}
              most={500}
              value={size.length}
              onChange={(length) => setSize({ ...size, length })}
            />
            <SmallNumber
              label={t("area.turn")}
              most={180}
              value={size.turn}
              onChange={(turn) => setSize({ ...size, turn })}
            />
          </div>
        </>
      ) : (
        <ThingInput
          id={`outline-${field.name}`}
          label={t("area.outlineOf")}
          kinds={["green", "paving", "building"]}
          value={outline?.id}
          onChange={(feature) => setOutline(feature ?? null)}
        />
      )}
      {ring && <p class="hint">{t("measure.m2", { value: formatNumber(areaOf(ring)) })}</p>}
    </fieldset>
  );
}

function LineInput({ field, onChange }: AreaProps) {
  const [how, setHow] = useState<"street" | "places">("street");
  const [road, setRoad] = useState<Feature | null>(null);
  const [aside, setAside] = useState(0);
  const [from, setFrom] = useState<LonLat | null>(null);
  const [to, setTo] = useState<LonLat | null>(null);
  const line = road ? (linesOf(road, localOf)[0] ?? []) : [];
  const drawn = how === "street" ? shifted(line, aside) : [from, to].filter((each) => each !== null).map(localOf);
  const key = JSON.stringify(drawn);
  useEffect(() => onChange(drawn.length > 1 ? drawn.map(lonLatOf) : undefined), [key]);
  return (
    <fieldset class="field">
      <legend>{labelOfField(field)}</legend>
      <div class="chips">
        {(["street", "places"] as const).map((each) => (
          <label class="chip" key={each}>
            <input type="radio" name={`how-${field.name}`} checked={how === each} onChange={() => setHow(each)} />
            <span>{t(`line.${each}`)}</span>
          </label>
        ))}
      </div>
      {how === "street" ? (
        <>
          <ThingInput
            id={`street-${field.name}`}
            label={t("kind.road")}
            kinds={["road"]}
            value={road?.id}
            onChange={(feature) => setRoad(feature ?? null)}
          />
          <label>
            {t("line.aside")}
            <input
              type="number"
              min="-60"
              max="60"
              value={aside}
              onInput={({ currentTarget }) => setAside(currentTarget.valueAsNumber || 0)}
            />
          </label>
        </>
      ) : (
        <>
          <PlaceInput id={`from-${field.name}`} label={t("line.from")} onChange={setFrom} />
          <PlaceInput id={`to-${field.name}`} label={t("line.to")} onChange={setTo} />
        </>
      )}
    </fieldset>
  );
}

function PlacesInput({ field, onChange, least, most }: AreaProps & { readonly least: number; readonly most: number }) {
  const [places, set] = useState<readonly (LonLat | null)[]>(() => Array.from({ length: least }, () => null));
  const known = places.filter((each) => each !== null);
  const key = JSON.stringify(known);
  useEffect(() => onChange(known.length >= least ? (most === 1 ? known[0] : known) : undefined), [key]);
  return (
    <>
      {places.map((_, index) => (
        <PlaceInput
          key={index}
          id={`place-${field.name}-${index}`}
          label={
            most === 1 ? labelOfField(field) : t("place.number", { label: labelOfField(field), number: index + 1 })
          }
          onChange={(at) => set((was) => was.map((each, place) => (place === index ? at : each)))}
        />
      ))}
      {places.length < most && (
        <button type="button" class="plain" onClick={() => set([...places, null])}>
          {t("place.add")}
        </button>
      )}
      {places.length > least && (
        <button type="button" class="plain" onClick={() => set(places.slice(0, -1))}>
          {t("place.removeLast")}
        </button>
      )}
    </>
  );
}

export function GestureInput({ field, value, onChange }: FieldProps) {
  switch (field.gesture) {
    case "area":
      return <AreaInput field={field} onChange={onChange} />;
    case "line":
      return <LineInput field={field} onChange={onChange} />;
    case "points":
      return <PlacesInput field={field} onChange={onChange} least={1} most={20} />;
    case "position":
      return <PlacesInput field={field} onChange={onChange} least={1} most={1} />;
    case "between":
      return <PlacesInput field={field} onChange={onChange} least={2} most={2} />;
    default: {
      const several = field.gesture === "trees";
      const held = several && Array.isArray(value) ? (value as string[])[0] : (value as string | undefined);
      return (
        <ThingInput
          id={`field-${field.name}`}
          label={labelOfField(field)}
          kinds={KINDS[field.gesture] ?? [""]}
          value={held}
          onChange={(feature) => onChange(feature && (several ? [feature.id] : feature.id))}
        />
      );
    }
  }
}
