"""Networks with fewer nodes and the same equilibrium: without dead ends, and chains of alike links in one."""

from dataclasses import dataclass, replace

import numpy as np

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel
from citiverse.impact.traffic.links import Flags, Links, Trips

DEAD = -1


@dataclass(frozen=True, slots=True, eq=False)
class Simplified:
    """A small network that stands for a large one.

    `node`, shape (nodes of the large one,), is the place of each node in the small one, and `link`, shape (links of
    the large one,), that of each link: -1 where no way between the nodes that were to stay leads over it.
    """

    links: Links
    node: IntArray
    link: IntArray

    def trips(self, trips: Trips) -> Trips:
        """Trips of the large network in the small one; they begin and end at nodes that were to stay."""
        return Trips(self.node[trips.origin], self.node[trips.destination], trips.volume)

    def spread(self, flow: FloatArray) -> FloatArray:
        """Flows on the small network as flows on the large one."""
        found: FloatArray = np.append(flow, 0.0)[self.link]
        return found


def simplified(links: Links, stay: IntArray) -> Simplified:
    """`links` without those that no way between the nodes `stay` leads over; times of alike ones in a row are added.

    No node may be barred to through trips. A link in a row has the same capacity, b and power: then their times add
    up to one of the same form, and every flow has the same cost and the same objective as before.
    """
    kept = np.zeros(links.nodes, np.bool_)
    kept[stay] = True
    tail, head = links.tail.copy(), links.head.copy()
    free_time, fixed = links.free_time.copy(), links.fixed.copy()
    into = np.where(links.closed | (tail == head), DEAD, np.arange(len(links))).astype(np.int64)
    curve = np.unique(np.column_stack([links.capacity, links.b, links.power]), axis=0, return_inverse=True)[1]
    join(kept, tail, head, curve.reshape(-1).astype(np.int64), free_time, fixed, into)
    alive = np.flatnonzero(into == np.arange(len(links)))
    place = np.full(len(links) + 1, DEAD, np.int64)
    place[alive] = np.arange(len(alive))
    touched = kept.copy()
    touched[tail[alive]] = touched[head[alive]] = True
    node = np.where(touched, np.cumsum(touched) - 1, DEAD).astype(np.int64)
    small = replace(
        links, nodes=int(touched.sum()), tail=node[tail[alive]], head=node[head[alive]],
        capacity=links.capacity[alive], free_time=free_time[alive], b=links.b[alive], power=links.power[alive],
        fixed=fixed[alive],
    )  # fmt: skip
    return Simplified(small, node, place[into])


@kernel("void(b1[::1], i8[::1], i8[::1], i8[::1], f8[::1], f8[::1], i8[::1])")
def join(  # noqa: C901, PLR0912, PLR0915
    kept: Flags, tail: IntArray, head: IntArray, curve: IntArray, free_time: FloatArray, fixed: FloatArray,
    into: IntArray,
) -> None:  # fmt: skip
    """Drop dead ends and join links in a row; see `simplified`.

    `into` is each link itself, or -1 for one to leave out; then the link that it has become a part of.
    """
    nodes, count = len(kept), len(tail)
    # For each node up to two neighbours are told apart, more than that count as many.
    first = np.empty(nodes, np.int64)
    second = np.empty(nodes, np.int64)
    many = np.empty(nodes, np.bool_)
    in1, in2 = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    out1, out2 = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    changed = True
    while changed:
        changed = False
        # Dead ends: from a node's only neighbour in, nothing leads on; to its only neighbour out, nothing leads there.
        for forward in range(2):
            first[:] = -1
            many[:] = False
            for i in range(count):
                if into[i] != i:
                    continue
                node, other = (tail[i], head[i]) if forward else (head[i], tail[i])
                if first[node] < 0:
                    first[node] = other
                elif first[node] != other:
                    many[node] = True
            for i in range(count):
                if into[i] != i:
                    continue
                node, other = (head[i], tail[i]) if forward else (tail[i], head[i])
                if not kept[node] and not many[node] and (first[node] < 0 or first[node] == other):
                    into[i] = -1
                    changed = True
    changed = True
    while changed:
        changed = False
        first[:] = -1
        second[:] = -1
        many[:] = False
        in1[:], in2[:], out1[:], out2[:] = -1, -1, -1, -1
        for i in range(count):
            if into[i] != i:
                continue
            for inward in range(2):
                node, other = (head[i], tail[i]) if inward else (tail[i], head[i])
                if first[node] < 0 or first[node] == other:
                    first[node] = other
                    taken = in1[node] if inward else out1[node]
                elif second[node] < 0 or second[node] == other:
                    second[node] = other
                    taken = in2[node] if inward else out2[node]
                else:
                    many[node] = True
                    continue
                if taken >= 0:
                    many[node] = True
                elif first[node] == other and inward:
                    in1[node] = i
                elif first[node] == other:
                    out1[node] = i
                elif inward:
                    in2[node] = i
                else:
                    out2[node] = i
        for node in range(nodes):
            if kept[node] or many[node] or second[node] < 0:
                continue
            fits = True
            for a, b in ((in1[node], out2[node]), (in2[node], out1[node])):
                # Neighbours may have been joined in this round; then the next one sees to them.
                if a < 0 or b < 0:
                    fits = fits and a == b
                    continue
                still = into[a] == a and into[b] == b and head[a] == node and tail[b] == node
                fits = fits and still and curve[a] == curve[b] and tail[a] != head[b]
            if not fits:
                continue
            for a, b in ((in1[node], out2[node]), (in2[node], out1[node])):
                if a >= 0:
                    head[a] = head[b]
                    free_time[a] += free_time[b]
                    fixed[a] += fixed[b]
                    into[b] = a
                    changed = True
    for i in range(count):
        root = i
        while root >= 0 and into[root] != root:
            root = into[root]
        into[i] = root
