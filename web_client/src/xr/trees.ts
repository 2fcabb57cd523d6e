/** A tree that stands in the city, taken with the hand and put elsewhere: planted there first, then removed here. */
import { announce } from "../state/announce";
import { formOf } from "../state/draft";
import { bare } from "../state/facts";
import type { XY } from "../state/frame";
import { ghosts, marked } from "../state/ghosts";
import { lonLatOf, sceneId } from "../state/place";
import type { Hit } from "../state/pointer";
import { proposal } from "../state/proposal";
import { submitTogether } from "../state/together";
import { t } from "../state/words";
import { fetchFeature } from "../wire/http";
import type { Edit, Problem } from "../wire/types";

const USUAL_HEIGHT_M = 6;

export interface TreeInHand {
  /** Take the tree that was hit; false where trees cannot be moved. */
  readonly take: (hit: Hit) => boolean;
  readonly carry: (at: XY | null) => void;
  /** Put it there, or back where it was. */
  readonly put: (at: XY | null) => void;
}

interface Taken {
  readonly id: string;
  height_m: number;
  genus: string | null;
  at: XY | null;
}

const report = (problem: unknown) => announce((problem as Problem | null)?.detail ?? t("draft.failed"), "problem");

async function move({ id, height_m, genus }: Taken, at: XY): Promise<void> {
  const planted: Edit = { verb: "plant_trees", points: [lonLatOf(at)], height_m, ...(genus ? { genus } : {}) };
  await submitTogether([planted, { verb: "remove_trees", trees: [id] }]).catch(report);
}

export function createTreeInHand(): TreeInHand {
  let taken: Taken | null = null;

  async function read(held: Taken): Promise<void> {
    const record = await fetchFeature(sceneId.peek(), held.id, proposal.peek()?.id).catch(() => null);
    const height = bare(record?.properties.height);
    const genus = bare(record?.properties.genus);
    if (typeof height === "number") held.height_m = height;
    if (typeof genus === "string" && genus) held.genus = genus;
  }

  function clear(): void {
    ghosts.value = [];
    marked.value = new Map();
  }

  return {
    take(hit) {
      if (!hit.id || !formOf("plant_trees") || !formOf("remove_trees")) return false;
      taken = { id: hit.id, height_m: USUAL_HEIGHT_M, genus: null, at: null };
      marked.value = new Map([[hit.id, "removed"]]);
      void read(taken);
      return true;
    },
    carry(at) {
      if (!taken || !at) return;
      const [x, y] = taken.at ?? [Number.NaN, Number.NaN];
      if (Math.hypot(at[0] - x, at[1] - y) < 0.1) return;
      taken.at = at;
      ghosts.value = [{ shape: "trees", points: [at], height_m: taken.height_m }];
    },
    put(at) {
      const held = taken;
      taken = null;
      clear();
      if (held && at) void move(held, at);
    },
  };
}
