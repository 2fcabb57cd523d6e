/** The others: where they point, with their name, drawn in the city. */
import { Group, type Sprite } from "three";
import type { XY } from "../state/frame";
import type { LonLat } from "../wire/types";
import { dot, label } from "./ghostShapes";

export interface Pointing {
  readonly id: string;
  readonly name: string;
  readonly at: LonLat;
}

export interface People {
  readonly group: Group;
  readonly show: (people: readonly Pointing[]) => void;
  readonly dispose: () => void;
}

/** Colours that the colour-blind tell apart (Okabe and Ito, 2008). */
const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

export const colourOfPerson = (id: string): string => {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length] as string;
};

export function createPeople(localOf: (at: LonLat) => XY, heightAt: (x: number, y: number) => number | null): People {
  const group = new Group();
  const standing = new Map<string, { readonly name: string; readonly sprites: readonly Sprite[] }>();

  function remove(id: string): void {
    for (const each of standing.get(id)?.sprites ?? []) {
      each.material.map?.dispose();
      each.material.dispose();
      group.remove(each);
    }
    standing.delete(id);
  }

  function place({ id, name, at }: Pointing): void {
    const xy = localOf(at);
    const z = (heightAt(...xy) ?? 0) + 0.5;
    if (standing.get(id)?.name !== name) remove(id);
    const sprites = standing.get(id)?.sprites ?? [dot(xy, z, colourOfPerson(id), 0.026), label(name, xy, z, "plain")];
    for (const each of sprites) each.position.set(xy[0], z, -xy[1]);
    if (standing.has(id)) return;
    standing.set(id, { name, sprites });
    group.add(...sprites);
  }

  return {
    group,
    show(people) {
      const here = new Set(people.map((each) => each.id));
      for (const id of [...standing.keys()]) if (!here.has(id)) remove(id);
      for (const each of people) place(each);
    },
    dispose() {
      for (const id of [...standing.keys()]) remove(id);
    },
  };
}
