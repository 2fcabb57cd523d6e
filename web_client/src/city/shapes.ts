/** Ghosts and stand-ins in the city; the code that shapes them comes with the first of them. */
import { Group } from "three";
import type { Ghost } from "../state/ghosts";
import type { ShapeMaker } from "./ghostShapes";

export interface Shapes {
  readonly group: Group;
  readonly show: (ghosts: readonly Ghost[]) => void;
  readonly dispose: () => void;
}

export function createShapes(heightAt: (x: number, y: number) => number | null, onChange: () => void): Shapes {
  const group = new Group();
  let maker: ShapeMaker | null = null;
  let wanted: readonly Ghost[] = [];
  let asked = false;

  async function load(): Promise<void> {
    const { createShapeMaker } = await import("./ghostShapes");
    maker = createShapeMaker(heightAt);
    group.add(maker.group);
    maker.show(wanted);
    onChange();
  }

  return {
    group,
    show(ghosts) {
      wanted = ghosts;
      if (maker) maker.show(ghosts);
      else if (ghosts.length && !asked) {
        asked = true;
        void load();
      }
    },
    dispose: () => maker?.dispose(),
  };
}
