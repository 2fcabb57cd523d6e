/** What one sees of one's own hands: the hand, its ray, the spot it meets, and where one would travel. */
import {
  BufferGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  Group,
  InstancedMesh,
  Line,
  LineBasicMaterial,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  RingGeometry,
  SphereGeometry,
  Vector3,
} from "three";
import type { Stage } from "../state/stage";
import type { Hand } from "./input";

const RAY = 0xffffff;
const GOOD = 0x5fd0c5;
const BAD = 0xe0684b;
const SKIN = 0xd9e4e2;
const DOT_DEG = 0.7;
const JOINTS = 25;

/** What a hand meets in this frame. */
export interface Meeting {
  /** Length of the ray in the room. */
  readonly length: number;
  readonly on: "panel" | "city" | "nothing";
  /** One would go there, or could not. */
  readonly travel: "free" | "blocked" | null;
  /** How much of a look's time has passed, 0 to 1. */
  readonly dwell: number;
}

export interface Beams {
  readonly show: (hand: Hand, meeting: Meeting, frame: XRFrame, room: XRReferenceSpace) => void;
  /** Hide what was not shown since the last call. */
  readonly tidy: () => void;
  readonly dispose: () => void;
}

interface Own {
  readonly group: Group;
  readonly beam: Line<BufferGeometry, LineBasicMaterial>;
  readonly dot: Mesh<SphereGeometry, MeshBasicMaterial>;
  readonly body: Mesh | InstancedMesh;
  seen: boolean;
}

export function createBeams(stage: Stage, bodies: boolean): Beams {
  const line = new BufferGeometry().setFromPoints([new Vector3(0, 0, 0), new Vector3(0, 0, -1)]);
  const ball = new SphereGeometry(1, 12, 8);
  const joint = new SphereGeometry(1, 6, 5);
  const handle = new CylinderGeometry(0.014, 0.019, 0.11, 10).rotateX(Math.PI / 2).translate(0, 0, 0.03);
  const skin = new MeshLambertMaterial({ color: SKIN, emissive: 0x30383a });
  const ring = new Mesh(
    new RingGeometry(0.26, 0.36, 40),
    new MeshBasicMaterial({ color: GOOD, fog: false, transparent: true, opacity: 0.95 }),
  );
  ring.rotation.x = -Math.PI / 2;
  ring.renderOrder = 9;
  ring.material.depthTest = false;
  ring.visible = false;
  stage.add(ring);
  const owned = new Map<Hand, Own>();
  const matrix = new Matrix4();
  const target = new Vector3();

  function bodyOf(hand: Hand): Own["body"] {
    if (hand.kind !== "hand") return new Mesh(handle, skin);
    const joints = new InstancedMesh(joint, skin, JOINTS);
    joints.instanceMatrix.setUsage(DynamicDrawUsage);
    joints.frustumCulled = false;
    return joints;
  }

  function own(hand: Hand): Own {
    const known = owned.get(hand);
    if (known) return known;
    const beam = new Line(line, new LineBasicMaterial({ color: RAY, transparent: true, opacity: 0.65, fog: false }));
    beam.frustumCulled = false;
    const dot = new Mesh(ball, new MeshBasicMaterial({ color: RAY, fog: false, depthTest: false, transparent: true }));
    dot.renderOrder = 30;
    const body = bodyOf(hand);
    body.visible = bodies && hand.kind !== "gaze" && hand.kind !== "screen";
    const group = new Group();
    group.add(beam, dot, body);
    stage.add(group);
    const made: Own = { group, beam, dot, body, seen: true };
    owned.set(hand, made);
    return made;
  }

  function placeBody(hand: Hand, body: Own["body"], frame: XRFrame, room: XRReferenceSpace): void {
    if (!body.visible) return;
    if (!(body instanceof InstancedMesh)) {
      body.position.copy(hand.place);
      body.quaternion.copy(hand.turn);
      return;
    }
    let index = 0;
    for (const space of hand.source?.hand?.values() ?? []) {
      const pose = frame.getJointPose?.(space, room);
      if (!pose || index >= JOINTS) continue;
      const size = Math.max(0.004, pose.radius ?? 0.007);
      matrix.fromArray(pose.transform.matrix).scale(target.setScalar(size));
      body.setMatrixAt(index++, matrix);
    }
    body.count = index;
    body.instanceMatrix.needsUpdate = true;
  }

  function discard(hand: Hand, { group, beam, dot, body }: Own): void {
    stage.remove(group);
    beam.material.dispose();
    dot.material.dispose();
    if (body instanceof InstancedMesh) body.dispose();
    owned.delete(hand);
  }

  return {
    show(hand, meeting, frame, room) {
      const mine = own(hand);
      mine.seen = true;
      mine.group.visible = hand.tracked;
      if (!hand.tracked) return;
      const { beam, dot } = mine;
      const { origin, direction } = hand.ray;
      target.copy(origin).addScaledVector(direction, meeting.length);
      beam.visible = hand.kind === "controller" || hand.kind === "hand";
      beam.position.copy(origin);
      beam.lookAt(origin.x * 2 - target.x, origin.y * 2 - target.y, origin.z * 2 - target.z);
      beam.scale.z = meeting.on === "nothing" ? Math.min(meeting.length, 6) : meeting.length;
      dot.visible = meeting.on !== "nothing" && meeting.travel === null;
      dot.position.copy(target);
      const grown = 1 + meeting.dwell * 2;
      dot.scale.setScalar(Math.max(0.003, meeting.length * Math.tan((DOT_DEG / 2) * (Math.PI / 180))) * grown);
      placeBody(hand, mine.body, frame, room);
      if (meeting.travel === null) return;
      ring.visible = true;
      ring.position.copy(target).y += 0.02;
      ring.material.color.set(meeting.travel === "free" ? GOOD : BAD);
    },
    tidy() {
      for (const [hand, mine] of owned) {
        if (!mine.seen) discard(hand, mine);
        else mine.seen = false;
      }
      ring.visible = false;
    },
    dispose() {
      for (const [hand, mine] of owned) discard(hand, mine);
      stage.remove(ring);
      for (const each of [line, ball, joint, handle, ring.geometry]) each.dispose();
      skin.dispose();
      ring.material.dispose();
    },
  };
}
