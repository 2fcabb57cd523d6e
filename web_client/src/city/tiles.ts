/** The city's tiles: streamed by what is in view, swapped one by one when an edit changes them. */
import { Scheduler, type Tile } from "3d-tiles-renderer/core";
import { TilesRenderer } from "3d-tiles-renderer/three";
import { Group, type Mesh, type Object3D, type PerspectiveCamera, type WebGLRenderer } from "three";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { createBatches, PICKED_ONLY } from "./batches";
import type { FeatureState } from "./featureState";
import type { CityMaterial } from "./material";
import { featureTablePlugin } from "./propertyTable";
import { dressTile, type TileMeshes } from "./tileMesh";

const LEAF_M = 256;
/** Bounds of a tile that an edit has newly made: its square, and any height a city has. */
const NEW_TILE_HEIGHT_M: readonly [number, number] = [-60, 340];

/** Pixels of error that we accept; the leaves of a city are coarse enough to be kept sharp. */
const ERROR_TARGET = 12;

/** What did not come is asked for again after these pauses. */
const AGAIN_AFTER_MS = [1_500, 6_000, 20_000];

export interface TileOptions {
  readonly url: string;
  readonly urlOf: (key: string, hash: string) => string;
  readonly state: FeatureState;
  readonly material: CityMaterial;
  readonly onChange: () => void;
  /** A part did not come and is asked for again, or has failed too often. */
  readonly onTrouble: (trouble: "again" | "missing") => void;
}

export interface CityTiles {
  readonly group: Group;
  readonly meshes: () => readonly Mesh[];
  /** All meshes of loaded tiles that are in the picture's tree, whether visible or not. */
  readonly active: () => readonly Mesh[];
  readonly showAll: () => void;
  readonly tileOf: (mesh: Mesh) => TileMeshes | undefined;
  /** Bring tiles to these hashes ("" drops); resolves when all that are loaded stand. */
  readonly swap: (hashes: ReadonlyMap<string, string>) => Promise<void>;
  readonly update: (camera: PerspectiveCamera, renderer: WebGLRenderer) => void;
  /** Share of what is wanted that has arrived. */
  readonly progress: () => number;
  readonly hashOf: (key: string) => string | undefined;
  readonly keys: () => readonly string[];
  /** Hide the tiles of these keys, as while their earlier state is shown. */
  readonly conceal: (keys: ReadonlySet<string>) => void;
  readonly parse: (bytes: ArrayBuffer) => Promise<Object3D>;
  readonly setXRSession: (session: XRSession | null) => void;
  /** Keep no more than so many bytes of tiles. */
  readonly setMemory: (bytes: number) => void;
  readonly setCoarseness: (factor: number) => void;
  readonly dispose: () => void;
}

/** 3d-tiles-renderer's tile with the three parts of it that we exchange. */
type LoadedTile = Tile & {
  content?: { uri: string };
  children: LoadedTile[];
  parent: LoadedTile | null;
  boundingVolume: object;
  geometricError: number;
  transform?: number[];
  engineData: { scene: Object3D | null; geometry: unknown; materials: unknown; textures: unknown; metadata: unknown };
};

const TILE_NAME = /([^/]+\/\d+\/\d+\/\d+)\.([^./]+)\.glb/;

/** Key and hash in a tile's address, or null. */
export function readTileUrl(url: string): { readonly key: string; readonly hash: string } | null {
  const [, key, hash] = TILE_NAME.exec(url) ?? [];
  return key && hash ? { key, hash } : null;
}

const squareOf = (key: string): readonly [number, number, number] | null => {
  const [, z, x, y] = key.split("/").map(Number);
  if (z === undefined || x === undefined || y === undefined) return null;
  const side = LEAF_M * 2 ** z;
  return [(x + 0.5) * side, (y + 0.5) * side, side / 2];
};

function boundsOf(key: string): { box: number[] } | null {
  const square = squareOf(key);
  if (!square) return null;
  const [x, y, half] = square;
  const [low, high] = NEW_TILE_HEIGHT_M;
  return { box: [x, y, (low + high) / 2, half, 0, 0, 0, half, 0, 0, 0, (high - low) / 2] };
}

export function createTiles(options: TileOptions): CityTiles {
  const { state, material } = options;
  const tiles = new TilesRenderer(options.url) as TilesRenderer & { readonly rootURL: string };
  const known = new Map<string, LoadedTile>();
  const wanted = new Map<string, string>();
  const standing = new Map<string, string>();
  /** Addresses that have failed, and how often. */
  const failures = new Map<string, number>();
  const dressed = new Map<Object3D, TileMeshes>();
  const ofMesh = new WeakMap<Mesh, TileMeshes>();
  const batches = createBatches(material);
  const root = new Group();
  root.add(tiles.group, batches.group);
  let gone: Mesh[] = [];
  let drawn = "";
  let list: readonly Mesh[] | null = null;
  let concealed: ReadonlySet<string> = new Set();
  const loader = new GLTFLoader(tiles.manager);
  loader.setMeshoptDecoder(MeshoptDecoder);
  loader.register(featureTablePlugin);
  tiles.manager.addHandler(/\.(gltf|glb)$/, loader);
  tiles.errorTarget = ERROR_TARGET;
  tiles.loadSiblings = false;
  tiles.group.rotation.x = -Math.PI / 2;

  tiles.registerPlugin({
    name: "local-frame",
    // Transforms lead to the Earth's centre, for other viewers; left out, tiles stay in scene metres.
    preprocessNode(tile: LoadedTile) {
      delete tile.transform;
      const name = tile.content && readTileUrl(tile.content.uri);
      if (!name) return;
      known.set(name.key, tile);
      if (!wanted.has(name.key)) wanted.set(name.key, name.hash);
    },
    // 1.1 means glTF content and metadata, which we read; the library warns of it on every start.
    fetchData(url: string, options: RequestInit) {
      // What came broken is not to come out of the browser's store again.
      const asked: RequestInit = failures.has(url) ? { ...options, cache: "reload" } : options;
      if (url !== tiles.rootURL) return failures.has(url) ? fetch(url, asked) : null;
      return fetch(url, asked).then(async (response) => {
        if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
        const tileset = (await response.json()) as { asset: { version: string } };
        return { ...tileset, asset: { ...tileset.asset, version: "1.0" } };
      });
    },
    preprocessURL(url: string, tile: LoadedTile | null) {
      const name = tile && readTileUrl(url);
      const hash = name && wanted.get(name.key);
      return name && hash ? url.replace(`.${name.hash}.`, `.${hash}.`) : url;
    },
  });

  function put(scene: Object3D, key: string, hash: string): void {
    const made = dressTile(scene, key, state, material, true);
    dressed.set(scene, made);
    for (const mesh of made.meshes) {
      ofMesh.set(mesh, made);
      mesh.userData.place = mesh.matrixWorld.clone();
      mesh.layers.set(PICKED_ONLY);
    }
    standing.set(key, hash);
    scene.visible = !concealed.has(key);
    list = null;
    options.onChange();
  }

  function forget(scene: Object3D): void {
    gone.push(...(dressed.get(scene)?.meshes ?? []));
    dressed.get(scene)?.release();
    dressed.delete(scene);
    list = null;
  }

  tiles.addEventListener("load-model", ({ scene, tile, url }) => {
    const name = readTileUrl(url);
    if (!name) return;
    failures.delete(url);
    put(scene, name.key, name.hash);
    // The tile may have changed while it was on its way.
    if (wanted.get(name.key) !== name.hash) void exchange(name.key, tile as LoadedTile);
  });
  tiles.addEventListener("dispose-model", ({ scene, tile }) => {
    forget(scene);
    const name = (tile as LoadedTile).content && readTileUrl((tile as LoadedTile).content?.uri ?? "");
    if (name) standing.delete(name.key);
    options.onChange();
  });
  tiles.addEventListener("load-error", ({ tile, url }) => {
    const address = String(url);
    const times = (failures.get(address) ?? 0) + 1;
    failures.set(address, times);
    const pause = AGAIN_AFTER_MS[times - 1];
    if (failures.size === 1 || pause === undefined) options.onTrouble(pause === undefined ? "missing" : "again");
    if (pause === undefined) return;
    setTimeout(() => {
      if (tile === null) tiles.resetFailedTiles();
      else tiles.lruCache.remove(tile);
      options.onChange();
    }, pause);
  });

  /** What a request gives, asked for again where it fails. */
  async function persist<T>(ask: (cache: RequestCache) => Promise<T>): Promise<T> {
    for (const pause of AGAIN_AFTER_MS) {
      try {
        return await ask(pause === AGAIN_AFTER_MS[0] ? "default" : "reload");
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return ask("reload");
  }

  async function fetchScene(key: string, hash: string, cache: RequestCache): Promise<Object3D> {
    if (hash === "") return new Group();
    const response = await fetch(options.urlOf(key, hash), { cache });
    if (!response.ok) throw new Error(`Tile ${key} answered ${response.status}.`);
    const scene = await parse(await response.arrayBuffer());
    scene.userData.hash = hash;
    return scene;
  }

  /** A glTF scene turned from y up to z up, as 3d-tiles-renderer turns its own. */
  async function parse(bytes: ArrayBuffer): Promise<Object3D> {
    const { scene } = await loader.parseAsync(bytes, "");
    scene.rotation.x = Math.PI / 2;
    scene.updateMatrix();
    return scene;
  }

  function disposeMeshes(scene: Object3D): void {
    scene.traverse((object) => {
      if ("geometry" in object) (object as Mesh).geometry.dispose();
    });
  }

  /** Put the wanted state of a loaded tile in place of the one that stands: the new is ready before the old goes. */
  async function exchange(key: string, tile: LoadedTile): Promise<void> {
    const hash = wanted.get(key);
    const old = tile.engineData.scene;
    if (hash === undefined || !old || standing.get(key) === hash) return;
    const scene = await persist((cache) => fetchScene(key, hash, cache));
    if (wanted.get(key) !== hash || tile.engineData.scene !== old) return disposeMeshes(scene);
    const { parent } = old;
    const shown = tiles.group.children.includes(old);
    put(scene, key, hash);
    scene.userData.tile = tile;
    const geometry: unknown[] = [];
    scene.traverse((object) => {
      object.userData.tile = tile;
      object.frustumCulled = false;
      if ("geometry" in object) geometry.push(object.geometry);
    });
    forget(old);
    tiles.group.remove(old);
    disposeMeshes(old);
    Object.assign(tile.engineData, { scene, geometry, materials: [], textures: [] });
    if (shown) tiles.group.add(scene);
    else scene.parent = parent;
    scene.updateMatrixWorld(true);
    options.onChange();
  }

  /** A tile that the tileset did not have: beside the other layers of its square, or under the root. */
  function addTile(key: string, hash: string): void {
    const root = tiles.root as LoadedTile | null;
    const boundingVolume = boundsOf(key);
    if (!root || !boundingVolume) return;
    const place = key.slice(key.indexOf("/"));
    const sibling = [...known].find(([each]) => each.endsWith(place))?.[1];
    const parent = sibling?.parent ?? root;
    const uri = new URL(options.urlOf(key, hash), location.href).href;
    const tile = { boundingVolume, geometricError: 0, content: { uri }, refine: "ADD" };
    parent.children.push(tile as unknown as LoadedTile);
  }

  async function swap(hashes: ReadonlyMap<string, string>): Promise<void> {
    const work: Promise<void>[] = [];
    for (const [key, hash] of hashes) {
      if (wanted.get(key) === hash) continue;
      wanted.set(key, hash);
      const tile = known.get(key);
      if (!tile) {
        if (hash !== "") addTile(key, hash);
        continue;
      }
      if (tile.engineData?.scene) work.push(exchange(key, tile));
    }
    await Promise.all(work);
  }

  /** Draw what the tree of tiles shows now, in few draws; true when that is something else than before. */
  function batch(): boolean {
    const shown = [...dressed].filter(([scene]) => scene.visible && scene.parent === tiles.group);
    const text = shown.map(([scene]) => scene.id).join();
    if (text === drawn && gone.length === 0) return false;
    drawn = text;
    batches.show(new Set(shown.flatMap(([, made]) => made.meshes)), gone);
    gone = [];
    return true;
  }

  let last: PerspectiveCamera | null = null;
  return {
    group: root,
    meshes() {
      list ??= [...dressed].flatMap(([, made]) => made.meshes);
      return list.filter((mesh) => {
        for (let at: Object3D | null = mesh; at; at = at.parent) if (!at.visible) return false;
        return true;
      });
    },
    active() {
      const drawn = new Set<Object3D>(tiles.group.children);
      return [...dressed].flatMap(([scene, made]) => (scene.visible && drawn.has(scene) ? made.meshes : []));
    },
    showAll() {
      for (const { meshes } of dressed.values()) for (const mesh of meshes) mesh.visible = true;
    },
    tileOf: (mesh) => ofMesh.get(mesh),
    swap,
    update(camera, renderer) {
      if (last !== camera) {
        if (last) tiles.deleteCamera(last);
        tiles.setCamera(camera);
        last = camera;
      }
      if (renderer.xr.isPresenting) tiles.setResolution(camera, 1600, 1600);
      else tiles.setResolutionFromRenderer(camera, renderer);
      tiles.update();
      if (batch()) options.onChange();
    },
    progress: () => tiles.loadProgress,
    hashOf: (key) => wanted.get(key),
    keys: () => [...wanted.keys()],
    conceal(keys) {
      concealed = keys;
      for (const [scene, made] of dressed) scene.visible = !keys.has(made.key);
      batch();
    },
    parse,
    setXRSession: (session) => Scheduler.setXRSession(session as XRSession),
    setMemory(bytes) {
      tiles.lruCache.maxBytesSize = bytes;
      tiles.lruCache.minBytesSize = bytes * 0.75;
    },
    setCoarseness(factor) {
      tiles.errorTarget = ERROR_TARGET * factor;
    },
    dispose() {
      for (const made of dressed.values()) made.release();
      dressed.clear();
      batches.dispose();
      tiles.dispose();
    },
  };
}
