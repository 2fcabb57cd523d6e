/** The other side: the base's or another proposal's versions of those tiles that differ from what is shown. */
import { Group, type Mesh } from "three";
import type { FeatureState } from "./featureState";
import type { CityMaterial } from "./material";
import { dressTile, type TileMeshes } from "./tileMesh";
import { type CityTiles, readTileUrl } from "./tiles";

export interface Before {
  readonly group: Group;
  /** Keys that differ from the tileset at this address; its tiles of them stand, hidden, when this resolves. */
  readonly prepare: (url: string) => Promise<ReadonlySet<string>>;
  readonly dispose: () => void;
}

export interface BeforeOptions {
  readonly tiles: CityTiles;
  readonly state: FeatureState;
  readonly material: CityMaterial;
  readonly urlOf: (key: string, hash: string) => string;
}

interface TileJson {
  readonly content?: { readonly uri?: string };
  readonly children?: readonly TileJson[];
}

function walk(tile: TileJson, into: Map<string, string>): Map<string, string> {
  const name = readTileUrl(tile.content?.uri ?? "");
  if (name) into.set(name.key, name.hash);
  for (const child of tile.children ?? []) walk(child, into);
  return into;
}

export function createBefore({ tiles, state, material, urlOf }: BeforeOptions): Before {
  const group = new Group();
  group.rotation.x = -Math.PI / 2;
  group.visible = false;
  const standing = new Map<string, { hash: string; made: TileMeshes }>();
  const hashesAt = (url: string): Promise<ReadonlyMap<string, string>> =>
    fetch(url)
      .then((response) => {
        if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
        return response.json() as Promise<{ root: TileJson }>;
      })
      .then(({ root }) => walk(root, new Map()));
  let base: { readonly url: string; readonly hashes: ReadonlyMap<string, string> } | null = null;

  function remove(key: string): void {
    const old = standing.get(key);
    if (!old) return;
    old.made.release();
    for (const mesh of old.made.meshes) mesh.geometry.dispose();
    group.remove(...group.children.filter((each) => each.userData.key === key));
    standing.delete(key);
  }

  async function stand(key: string, hash: string): Promise<void> {
    const response = await fetch(urlOf(key, hash));
    if (!response.ok) throw new Error(`Tile ${key} answered ${response.status}.`);
    const scene = await tiles.parse(await response.arrayBuffer());
    remove(key);
    scene.userData.key = key;
    const made = dressTile(scene, key, state, material, true);
    for (const mesh of made.meshes as Mesh[]) mesh.frustumCulled = true;
    standing.set(key, { hash, made });
    group.add(scene);
  }

  return {
    group,
    async prepare(url) {
      // The base stays as it is; another proposal may have gone on.
      const hashes = base?.url === url ? base.hashes : await hashesAt(url);
      if (!url.includes("proposal=")) base = { url, hashes };
      const changed = new Set<string>();
      const work: Promise<void>[] = [];
      for (const key of new Set([...hashes.keys(), ...tiles.keys()])) {
        const was = hashes.get(key) ?? "";
        if (was === (tiles.hashOf(key) ?? "")) {
          remove(key);
          continue;
        }
        changed.add(key);
        if (was !== "" && standing.get(key)?.hash !== was) work.push(stand(key, was));
      }
      await Promise.all(work);
      return changed;
    },
    dispose() {
      for (const key of [...standing.keys()]) remove(key);
    },
  };
}
