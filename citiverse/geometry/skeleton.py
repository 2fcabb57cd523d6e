"""Straight skeletons: where the edges of an outline meet when they all move inwards at one speed.

O. Aichholzer, F. Aurenhammer, D. Alberts and B. Gaertner, A novel type of skeleton for polygons, J.UCS 1 (1995). The
outline is drawn in from event to event. At each of them whatever touches is found from where things are, not from
which event came first, so that events at one moment (as right angles make them) need no order.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from citiverse.geometry.arrays import FloatArray

MOST_EDGES = 120
"""Outlines with more are not tried: the work grows with the cube of their number."""
_TOUCH_M, _CELL_M = 1e-5, 1e-2
_SAME_RAY = 1e-3  # radians


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """`points` (n, 3): x, y and the distance from the outline; the corners of the outline come first.

    `faces`: for each edge of the outline the numbers of the points around its face, counter-clockwise, the two ends of
    the edge first.
    """

    points: FloatArray
    faces: tuple[tuple[int, ...], ...]


def straight_skeleton(rings: Sequence[FloatArray]) -> Skeleton | None:
    """The skeleton of a polygon: exterior counter-clockwise, holes clockwise, (k, 2) each, without straight corners.

    Edges are counted through all rings, each from a corner to the next. None where rings touch, where the outline has
    more than MOST_EDGES, or where no faces are found that cover it.
    """
    if sum(map(len, rings)) > MOST_EDGES:
        return None
    origin = np.asarray(rings[0][0], dtype=np.float64)
    front = _Front()
    front.start([(np.asarray(ring, dtype=np.float64) - origin).tolist() for ring in rings])
    if not front.run():
        return None
    faces = front.faces()
    if faces is None:
        return None
    points = np.array(front.nodes)
    points[:, :2] += origin
    skeleton = Skeleton(points, faces)
    return skeleton if _sound(skeleton, rings) else None


def _sound(skeleton: Skeleton, rings: Sequence[FloatArray]) -> bool:
    """Whether the faces are simple, together as large as the outline, and plane."""
    polygons = np.array([shapely.Polygon(skeleton.points[list(face), :2]) for face in skeleton.faces], dtype=object)
    area = shapely.Polygon(rings[0], rings[1:]).area
    covers = abs(float(shapely.area(polygons).sum()) - area) <= 1e-4 * area + 1e-3
    turned = bool(shapely.is_ccw(shapely.get_exterior_ring(polygons)).all())
    return covers and turned and bool(shapely.is_valid(polygons).all()) and _plane(skeleton)


def _plane(skeleton: Skeleton) -> bool:
    """Whether each face rises from its own edge as fast as it goes inwards."""
    for face in skeleton.faces:
        x, y, rise = skeleton.points[list(face)].T
        dx, dy = x[1] - x[0], y[1] - y[0]
        away = ((y - y[0]) * dx - (x - x[0]) * dy) / math.hypot(dx, dy)
        if np.abs(away - rise).max() > 0.01:
            return False
    return True


@dataclass(slots=True, eq=False)
class _Vertex:
    """A corner of the moving front: where and when it was born, how it moves, the edges before and after it."""

    x: float
    y: float
    since: float
    vx: float
    vy: float
    before: int
    after: int
    node: int
    reflex: bool

    def at(self, time: float) -> tuple[float, float]:
        return self.x + (time - self.since) * self.vx, self.y + (time - self.since) * self.vy


@dataclass(slots=True, eq=False)
class _Stretch:
    """A piece of a moving edge between two places, and the vertex at its start if nothing meets there."""

    edge: int
    start: int
    end: int
    following: "_Stretch | None" = None


@dataclass(frozen=True, slots=True)
class _Edge:
    """Unit direction, unit normal inwards, and the normal's product with the edge's points."""

    dx: float
    dy: float
    nx: float
    ny: float
    level: float


@dataclass(slots=True, eq=False)
class _Place:
    """Where corners of the front are at one moment."""

    x: float
    y: float
    vertices: list[_Vertex]
    busy: bool = False
    node: int = -1


@dataclass(slots=True, eq=False)
class _Front:
    nodes: list[tuple[float, float, float]] = field(default_factory=list)
    edges: list[_Edge] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    arcs: list[tuple[int, int, int, int]] = field(default_factory=list)  # from and to node, faces on both sides
    loops: list[list[_Vertex]] = field(default_factory=list)

    def start(self, rings: Sequence[Sequence[Sequence[float]]]) -> None:
        for ring in rings:
            first, n = len(self.nodes), len(ring)
            self.nodes += [(x, y, 0.0) for x, y in ring]
            self.ends += [(first + i, first + (i + 1) % n) for i in range(n)]
            for i in range(n):
                (x, y), (x1, y1) = ring[i], ring[(i + 1) % n]
                size = math.hypot(x1 - x, y1 - y)
                dx, dy = (x1 - x) / size, (y1 - y) / size
                self.edges.append(_Edge(dx, dy, -dy, dx, dx * y - dy * x))
            loop = [self._vertex(first + (i - 1) % n, first + i, first + i, 0.0) for i in range(n)]
            self.loops.append([vertex for vertex in loop if vertex is not None])

    def run(self) -> bool:
        """Whether the front has come to its end."""
        if sum(map(len, self.loops)) < len(self.edges) or any(True for _ in self._touches(self._places(0.0), 0.0)):
            return False
        time = 0.0
        for _ in range(4 * len(self.edges) + 8):
            if not self.loops:
                return True
            time = self._next_time(time)
            if time == math.inf or not self._meet(time):
                return False
        return False

    def _vertex(self, before: int, after: int, node: int, time: float) -> _Vertex | None:
        """A new corner between two edges; None where they run back over each other."""
        a, b = self.edges[before], self.edges[after]
        x, y, _ = self.nodes[node]
        turn = a.nx * b.ny - a.ny * b.nx
        opening = 1.0 + a.nx * b.nx + a.ny * b.ny
        if opening > 1.0:
            vx, vy = (a.nx + b.nx) / opening, (a.ny + b.ny) / opening
        elif abs(turn) > 1e-9:  # where both edges move on by one
            vx, vy = (b.ny - a.ny) / turn, (a.nx - b.nx) / turn
        else:
            return None
        if abs(turn) > 1e-3:  # exactly where the two edges are now
            p, q = a.level + time, b.level + time
            x, y = (p * b.ny - q * a.ny) / turn, (q * a.nx - p * b.nx) / turn
        return _Vertex(x, y, time, vx, vy, before, after, node, turn < -1e-9)

    def _next_time(self, time: float) -> float:
        """When an edge next vanishes or a reflex corner next runs into an edge."""
        best = math.inf
        spans = []
        for loop in self.loops:
            there = [vertex.at(time) for vertex in loop]
            for i, here in enumerate(loop):
                j = (i + 1) % len(loop)
                other, edge = loop[j], self.edges[here.after]
                (ax, ay), (bx, by) = there[i], there[j]
                long = (bx - ax) * edge.dx + (by - ay) * edge.dy
                grows = (other.vx - here.vx) * edge.dx + (other.vy - here.vy) * edge.dy
                spans.append((here, other, edge, ax, ay, long, grows))
                if grows < -1e-12:
                    best = min(best, time + max(long, 0.0) / -grows)
        for vertex in (vertex for loop in self.loops for vertex in loop if vertex.reflex):
            px, py = vertex.at(time)
            for here, other, edge, ax, ay, long, grows in spans:
                if here is vertex or other is vertex:
                    continue
                away = edge.nx * px + edge.ny * py - edge.level - time
                nears = 1.0 - edge.nx * vertex.vx - edge.ny * vertex.vy
                if nears < 1e-12 or away < -_TOUCH_M:
                    continue
                wait = max(away, 0.0) / nears
                if time + wait >= best:
                    continue
                along = (px - ax + wait * (vertex.vx - here.vx)) * edge.dx
                along += (py - ay + wait * (vertex.vy - here.vy)) * edge.dy
                if -_TOUCH_M <= along <= long + wait * grows + _TOUCH_M:
                    best = time + wait
        return best

    def _places(self, time: float) -> list[list[_Place]]:
        """For each loop the places of its vertices, those that meet the same one."""
        found: dict[tuple[int, int], list[_Place]] = {}  # by the squares of a raster that each may touch
        result: list[list[_Place]] = []
        for loop in self.loops:
            mine = []
            for vertex in loop:
                x, y = vertex.at(time)
                columns = {math.floor((x - _TOUCH_M) / _CELL_M), math.floor((x + _TOUCH_M) / _CELL_M)}
                rows = {math.floor((y - _TOUCH_M) / _CELL_M), math.floor((y + _TOUCH_M) / _CELL_M)}
                squares = [(column, row) for column in columns for row in rows]
                near = (place for square in squares for place in found.get(square, ()))
                place = next((p for p in near if abs(p.x - x) <= _TOUCH_M and abs(p.y - y) <= _TOUCH_M), None)
                if place is None:
                    place = _Place(x, y, [])
                    for square in squares:
                        found.setdefault(square, []).append(place)
                place.vertices.append(vertex)
                mine.append(place)
            result.append(mine)
        return result

    def _touches(self, places: list[list[_Place]], time: float) -> Iterator[tuple[int, int, float, _Place]]:
        """Loop, number of the edge in it, how far along it, and the place that lies on it."""
        every = list({id(place): place for mine in places for place in mine}.values())
        for number, (loop, mine) in enumerate(zip(self.loops, places, strict=True)):
            for i, vertex in enumerate(loop):
                start, end, edge = mine[i], mine[(i + 1) % len(mine)], self.edges[vertex.after]
                if start is end:
                    continue
                level = edge.level + time
                low, high = start.x * edge.dx + start.y * edge.dy, end.x * edge.dx + end.y * edge.dy
                for place in every:
                    if abs(edge.nx * place.x + edge.ny * place.y - level) > _TOUCH_M:
                        continue
                    along = place.x * edge.dx + place.y * edge.dy
                    if low + _TOUCH_M < along < high - _TOUCH_M and place is not start and place is not end:
                        yield number, i, along, place

    def _meet(self, time: float) -> bool:
        """Join and part whatever touches at this moment."""
        places = self._places(time)
        inserted: dict[tuple[int, int], list[tuple[float, int, _Place]]] = defaultdict(list)
        for count, (number, i, along, place) in enumerate(self._touches(places, time)):
            inserted[number, i].append((along, count, place))
            place.busy = True
        every = list({id(place): place for mine in places for place in mine}.values())
        index = {id(place): i for i, place in enumerate(every)}
        for place in every:
            place.busy = place.busy or len(place.vertices) > 1
        stretches: list[_Stretch] = []
        for number, (loop, mine) in enumerate(zip(self.loops, places, strict=True)):
            for i, vertex in enumerate(loop):
                stops = [mine[i], *(p for _, _, p in sorted(inserted[number, i])), mine[(i + 1) % len(mine)]]
                for here, there in pairwise(stops):
                    if here is not there:
                        stretches.append(_Stretch(vertex.after, index[id(here)], index[id(there)]))
        self._link(stretches, len(every))
        for place in every:
            if place.busy:
                self._end(place, time)
        return self._trace(stretches, every, time)

    def _end(self, place: _Place, time: float) -> None:
        """All vertices at a place come to their end in one node."""
        if place.node >= 0:
            return
        place.node = len(self.nodes)
        self.nodes.append((place.x, place.y, time))
        for vertex in place.vertices:
            if vertex.before != vertex.after:
                self.arcs.append((vertex.node, place.node, vertex.before, vertex.after))

    def _link(self, stretches: list[_Stretch], places: int) -> None:
        """Each stretch that arrives at a place goes on with the one across the ground still to be covered."""
        arriving: list[list[_Stretch]] = [[] for _ in range(places)]
        leaving: list[list[_Stretch]] = [[] for _ in range(places)]
        for stretch in stretches:
            arriving[stretch.end].append(stretch)
            leaving[stretch.start].append(stretch)
        for ins, outs in zip(arriving, leaving, strict=True):
            if len(ins) == 1 and len(outs) == 1:
                ins[0].following = outs[0]
                continue
            pairs = sorted(
                (self._sweep(into, out), i, j) for i, into in enumerate(ins) for j, out in enumerate(outs)
            )  # fmt: skip
            taken: set[int] = set()
            for _, i, j in pairs:
                if ins[i].following is None and j not in taken:
                    ins[i].following = outs[j]
                    taken.add(j)

    def _sweep(self, into: _Stretch, out: _Stretch) -> float:
        """Angle from where a stretch came from to where another one goes, over the ground to the left of both."""
        a, b = self.edges[into.edge], self.edges[out.edge]
        angle = (math.atan2(-a.dy, -a.dx) - math.atan2(b.dy, b.dx)) % (2 * math.pi)
        return 0.0 if angle > 2 * math.pi - _SAME_RAY else angle

    def _trace(self, stretches: list[_Stretch], places: list[_Place], time: float) -> bool:
        """The loops that go on; those that have shrunk to a line become a ridge."""
        self.loops = []
        seen: set[int] = set()
        for first in stretches:
            chain: list[_Stretch] = []
            stretch: _Stretch | None = first
            while stretch is not None and id(stretch) not in seen:
                seen.add(id(stretch))
                chain.append(stretch)
                stretch = stretch.following
            if not chain:
                continue
            if stretch is not first:
                return False
            if len(chain) == 2:
                for each in chain:
                    self._end(places[each.start], time)
                a, b = places[chain[0].start].node, places[chain[1].start].node
                self.arcs.append((a, b, chain[0].edge, chain[1].edge))
                continue
            loop = self._loop(chain, places, time)
            if loop is None:
                return False
            self.loops.append(loop)
        return True

    def _loop(self, chain: list[_Stretch], places: list[_Place], time: float) -> list[_Vertex] | None:
        loop: list[_Vertex] = []
        for into, out in zip([chain[-1], *chain[:-1]], chain, strict=True):
            place = places[out.start]
            vertex = self._vertex(into.edge, out.edge, place.node, time) if place.busy else place.vertices[0]
            if vertex is None:
                return None
            loop.append(vertex)
        return loop

    def faces(self) -> tuple[tuple[int, ...], ...] | None:
        """The rings of all faces, None where arcs do not close around one."""
        beside: list[dict[int, list[int]]] = [defaultdict(list) for _ in self.edges]
        for start, end, left, right in self.arcs:
            if start != end:
                for face in (left, right):
                    beside[face][start].append(end)
                    beside[face][end].append(start)
        rings = [_around(near, *ends) for near, ends in zip(beside, self.ends, strict=True)]
        return None if any(ring is None for ring in rings) else tuple(ring for ring in rings if ring is not None)


def _around(near: dict[int, list[int]], start: int, end: int) -> tuple[int, ...] | None:
    """From the end of an edge over the arcs around its face back to its start."""
    ring = [start, end]
    if len(near[start]) != 1 or len(near[end]) != 1 or any(len(each) > 2 for each in near.values()):
        return None
    previous, here = start, end
    while here != start:
        onward = [node for node in near[here] if node != previous]
        if len(onward) != 1:
            return None
        previous, here = here, onward[0]
        ring.append(here)
    return tuple(ring[:-1]) if len(ring) == sum(1 for each in near.values() if each) + 1 else None
