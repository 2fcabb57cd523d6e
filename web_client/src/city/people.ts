/** The others in the room: heads and hands of those in headsets, where everyone points, pins that were left, names. */
import {
  BoxGeometry,
  type BufferGeometry,
  Color,
  ConeGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  Euler,
  Group,
  InstancedMesh,
  MathUtils,
  Matrix4,
  MeshBasicMaterial,
  MeshLambertMaterial,
  type PerspectiveCamera,
  Quaternion,
  SphereGeometry,
  type Sprite,
  Vector3,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import type { XY } from "../state/frame";
import type { HandPose, Visitor } from "../wire/messages";
import type { LonLat } from "../wire/types";
import { label } from "./ghostShapes";

export interface PeopleOptions {
  readonly localOf: (at: LonLat) => XY;
  readonly heightAt: (x: number, y: number) => number | null;
  /** What a person without a name is called. */
  readonly someone: () => string;
}

export interface People {
  readonly group: Group;
  /** The others as they last told, and one's own pin. */
  readonly show: (others: readonly Visitor[], pin: LonLat | null) => void;
  /** Glide to what was told last; true while something moves. */
  readonly step: (seconds: number, camera: PerspectiveCamera) => boolean;
  readonly dispose: () => void;
}

/** Colours that the colour-blind tell apart (Okabe and Ito, 2008). */
const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
/** More are told of in the list; in the picture the nearest in time count. */
const MOST = 24;
const MOST_NAMES = 8;
/** Head and hands are never smaller than this to the eye. */
const SMALLEST_DEG = 1.1;
const GLIDE_PER_S = 12;
/** The size of who looks from above grows with the scale, but slower, so that nobody hides the city. */
const GROWTH = 0.7;
const OWN = "own";

export const colourOfPerson = (id: string): string => {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length] as string;
};

/** How large the head of someone is drawn who sees the city at this scale, as a multiple of life. */
export const sizeAt = (scale: number | undefined) => MathUtils.clamp(scale ?? 1, 1, 1000) ** GROWTH;

/** A head one can tell the front of: a rounded box with a band over the eyes. Faces -z, a quarter metre high. */
function headShape(): BufferGeometry {
  const skull = new SphereGeometry(0.13, 14, 10).scale(0.85, 1, 0.95);
  const band = new BoxGeometry(0.2, 0.075, 0.1).translate(0, 0.02, -0.1);
  return mergeGeometries([tinted(skull, 1), tinted(band, 0.12)]);
}

function handShape(): BufferGeometry {
  const palm = new BoxGeometry(0.07, 0.03, 0.09);
  const finger = new CylinderGeometry(0.008, 0.011, 0.09, 6).rotateX(-Math.PI / 2).translate(-0.012, 0, -0.085);
  return mergeGeometries([tinted(palm, 1), tinted(finger, 1)]);
}

/** A pin with its point on the ground, one metre high. */
function pinShape(): BufferGeometry {
  const needle = new ConeGeometry(0.05, 0.7, 8).rotateX(Math.PI).translate(0, 0.35, 0);
  return mergeGeometries([tinted(needle, 0.25), tinted(new SphereGeometry(0.18, 12, 10).translate(0, 0.82, 0), 1)]);
}

function tinted(geometry: BufferGeometry, light: number): BufferGeometry {
  const count = geometry.getAttribute("position").count;
  const colours = geometry.getAttribute("position").clone();
  for (let index = 0; index < count; index++) colours.setXYZ(index, light, light, light);
  geometry.setAttribute("color", colours);
  geometry.deleteAttribute("uv");
  return geometry;
}

/** Where something of a person is: in scene metres with y up, as three has it. */
interface Part {
  readonly at: Vector3;
  readonly turn: Quaternion;
}
const part = (): Part => ({ at: new Vector3(), turn: new Quaternion() });

interface Person {
  readonly colour: Color;
  readonly head: Part;
  readonly hands: readonly [Part, Part];
  readonly headGoal: Part;
  readonly handGoals: readonly [Part, Part];
  readonly spot: Vector3;
  readonly spotGoal: Vector3;
  seen: Visitor;
  worn: boolean;
  size: number;
  fresh: boolean;
  name: string;
  sprite: Sprite | null;
}

const facing = (turn: Quaternion, heading = 0, pitch = 0) =>
  turn.setFromEuler(new Euler(-pitch * MathUtils.DEG2RAD, -heading * MathUtils.DEG2RAD, 0, "YXZ"));

export function createPeople({ localOf, heightAt, someone }: PeopleOptions): People {
  const group = new Group();
  const solid = new MeshLambertMaterial({ vertexColors: true, emissive: 0x333333 });
  const glow = new MeshBasicMaterial({ transparent: true, opacity: 0.6, fog: false, depthWrite: false });
  const instanced = (geometry: BufferGeometry, material: MeshLambertMaterial | MeshBasicMaterial, most: number) => {
    const mesh = new InstancedMesh(geometry, material, most);
    mesh.instanceMatrix.setUsage(DynamicDrawUsage);
    mesh.frustumCulled = false;
    mesh.count = 0;
    group.add(mesh);
    return mesh;
  };
  const heads = instanced(headShape(), solid, MOST);
  const hands = instanced(handShape(), solid, MOST * 2);
  const pins = instanced(pinShape(), solid, MOST + 1);
  const dots = instanced(new SphereGeometry(1, 10, 8), glow, MOST);
  const rays = instanced(new CylinderGeometry(1, 1, 1, 6, 1, true).translate(0, 0.5, 0), glow, MOST);
  const drawn = [heads, hands, pins, dots, rays];
  const known = new Map<string, Person>();
  let ownPin: LonLat | null = null;
  const [matrix, scale, spare, beam, up] = [
    new Matrix4(),
    new Vector3(),
    new Vector3(),
    new Quaternion(),
    new Vector3(0, 1, 0),
  ];
  const eye = new Vector3();

  function dropName(person: Person): void {
    if (!person.sprite) return;
    person.sprite.material.map?.dispose();
    person.sprite.material.dispose();
    group.remove(person.sprite);
    person.sprite = null;
  }

  function aimHand(goal: Part, head: Vector3, hand: HandPose | undefined): void {
    if (!hand) return;
    goal.at.set(head.x + hand[0], head.y + hand[2], head.z - hand[1]);
    facing(goal.turn, hand[3], hand[4]);
  }

  function tell(visitor: Visitor): void {
    const { id, at, height_m = 0, heading_deg = 0, pitch_deg = 0, pointer, pointer_m, left, right } = visitor;
    let person = known.get(id);
    if (!person) {
      person = {
        colour: new Color(colourOfPerson(id)),
        head: part(), hands: [part(), part()], headGoal: part(), handGoals: [part(), part()],
        spot: new Vector3(), spotGoal: new Vector3(),
        seen: visitor, worn: false, size: 1, fresh: true, name: "", sprite: null,
      }; // biome-ignore format: one line a group
      known.set(id, person);
    }
    person.seen = visitor;
    person.worn = (visitor.mode === "vr" || visitor.mode === "ar") && at !== undefined;
    person.size = sizeAt(visitor.scale);
    if (at && person.worn) {
      const [x, y] = localOf(at);
      person.headGoal.at.set(x, (heightAt(x, y) ?? 0) + height_m, -y);
      facing(person.headGoal.turn, heading_deg, pitch_deg);
      aimHand(person.handGoals[0], person.headGoal.at, left);
      aimHand(person.handGoals[1], person.headGoal.at, right);
    }
    if (pointer) {
      const [x, y] = localOf(pointer);
      person.spotGoal.set(x, pointer_m ?? heightAt(x, y) ?? 0, -y);
    }
    if (!person.fresh) return;
    person.head.at.copy(person.headGoal.at);
    person.head.turn.copy(person.headGoal.turn);
    person.hands.forEach((hand, index) => {
      hand.at.copy((person.handGoals[index] as Part).at);
      hand.turn.copy((person.handGoals[index] as Part).turn);
    });
    person.spot.copy(person.spotGoal);
    person.fresh = false;
  }

  function glide(from: Part, to: Part, share: number): number {
    const gap = from.at.distanceTo(to.at) + from.turn.angleTo(to.turn);
    from.at.lerp(to.at, share);
    from.turn.slerp(to.turn, share);
    return gap;
  }

  /** Metres in the city that look as large from the eye as the smallest that we draw. */
  const smallest = (at: Vector3) => eye.distanceTo(at) * Math.tan(SMALLEST_DEG * MathUtils.DEG2RAD);

  function put(mesh: InstancedMesh, at: Vector3, turn: Quaternion, size: number | Vector3, colour: Color): void {
    if (typeof size === "number") scale.setScalar(size);
    else scale.copy(size);
    mesh.setMatrixAt(mesh.count, matrix.compose(at, turn, scale));
    mesh.setColorAt(mesh.count, colour);
    mesh.count += 1;
  }

  /** One step towards what was told; how far it still was. */
  function follow({ head, headGoal, hands: held, handGoals, spot, spotGoal }: Person, share: number): number {
    for (const index of [0, 1] as const) glide(held[index], handGoals[index], share);
    const gap = Math.max(glide(head, headGoal, share), spot.distanceTo(spotGoal));
    spot.lerp(spotGoal, share);
    return gap;
  }

  function putBody({ seen, head, hands: held, colour, size }: Person): void {
    const least = smallest(head.at);
    put(heads, head.at, head.turn, Math.max(size, least * 3.5), colour);
    const large = Math.max(size, least * 3);
    if (seen.left) put(hands, held[0].at, held[0].turn, large, colour);
    if (seen.right) put(hands, held[1].at, held[1].turn, large, colour);
  }

  function putPointer(person: Person): void {
    const { spot, hands: held, colour, seen } = person;
    const reach = smallest(spot);
    put(dots, spot, beam.identity(), reach * 0.35, colour);
    if (!person.worn) return;
    // The hand that points is the one whose finger goes there.
    let best: Part | null = null;
    let bestTurn = Number.POSITIVE_INFINITY;
    held.forEach((hand, index) => {
      if (!(index === 0 ? seen.left : seen.right)) return;
      const off = spare.set(0, 0, -1).applyQuaternion(hand.turn).angleTo(spot.clone().sub(hand.at));
      if (off < bestTurn) [best, bestTurn] = [hand, off];
    });
    const from = ((best as Part | null) ?? person.head).at;
    spare.copy(spot).sub(from);
    const length = spare.length();
    if (length < 1e-3) return;
    beam.setFromUnitVectors(up, spare.divideScalar(length));
    const width = Math.max(0.004 * person.size, reach * 0.04);
    put(rays, from, beam, spare.set(width, length, width).clone(), colour);
  }

  function putPin(at: LonLat, colour: Color): void {
    const [x, y] = localOf(at);
    spare.set(x, heightAt(x, y) ?? 0, -y);
    put(pins, spare, beam.identity(), Math.max(2.5, smallest(spare) * 2.5), colour);
  }

  function nameOf(person: Person, room: number): void {
    const shown = room > 0 && (person.worn || person.seen.pointer);
    const name = person.seen.name || someone();
    if (person.sprite && (!shown || person.name !== name)) dropName(person);
    if (!shown) return;
    if (!person.sprite) {
      person.name = name;
      person.sprite = label(name.slice(0, 28), [0, 0], 0, "plain");
      group.add(person.sprite);
    }
    const { at } = person.head;
    if (person.worn) person.sprite.position.copy(at).y += Math.max(0.2 * person.size, smallest(at) * 0.9);
    else person.sprite.position.copy(person.spot);
  }

  /** Everything of a person; how many names that were. */
  function putPerson(person: Person, names: number): number {
    const { worn, seen, colour } = person;
    if (worn) putBody(person);
    if (seen.pointer) putPointer(person);
    if (seen.pin) putPin(seen.pin, colour);
    nameOf(person, names);
    return person.sprite ? 1 : 0;
  }

  return {
    group,
    show(others, pin) {
      ownPin = pin;
      const here = others.slice(0, MOST);
      const ids = new Set(here.map((each) => each.id));
      for (const [id, person] of known) {
        if (ids.has(id)) continue;
        dropName(person);
        known.delete(id);
      }
      for (const each of here) tell(each);
    },
    step(seconds, camera) {
      if (known.size === 0 && !ownPin && drawn.every((each) => each.count === 0)) return false;
      const share = 1 - Math.exp(-GLIDE_PER_S * seconds);
      group.worldToLocal(eye.setFromMatrixPosition(camera.matrixWorld));
      for (const each of drawn) each.count = 0;
      const moving = [...known.values()].reduce((most, person) => Math.max(most, follow(person, share)), 0);
      let names = MOST_NAMES;
      for (const person of known.values()) names -= putPerson(person, names);
      if (ownPin) putPin(ownPin, spareColour);
      drawn.forEach(upload);
      return moving > 0.01;
    },
    dispose() {
      for (const person of known.values()) dropName(person);
      known.clear();
      for (const each of drawn) {
        each.geometry.dispose();
        each.dispose();
      }
      solid.dispose();
      glow.dispose();
    },
  };
}

function upload(mesh: InstancedMesh): void {
  mesh.visible = mesh.count > 0;
  mesh.instanceMatrix.needsUpdate = true;
  if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
}

const spareColour = new Color(colourOfPerson(OWN));
