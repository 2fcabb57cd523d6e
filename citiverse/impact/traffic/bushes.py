"""Kernels of the equilibrium: the acyclic set of links that each origin uses (its bush), and shifts within it.

Method: Dial (2006), "A path-based user-equilibrium traffic assignment algorithm that obviates path storage and
enumeration" (Algorithm B), Transportation Research Part B 40, 917-936; which links may join a bush: Nie (2010), "A
class of bush-based algorithms for the traffic assignment problem", Part B 44, 73-89.

A bush is a run of entries (link, flow): in-links of each node side by side, nodes in topological order, every node
that the origin reaches has at least one. Links are sorted by tail. `curves`, shape (links, 4): base cost, share that
congestion multiplies, 1 / capacity, power. `state`, shape (links, 3): flow, cost, slope of the cost.
"""

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.geometry.kernel import kernel, part
from citiverse.impact.traffic.links import HUGE

Nodes = NDArray[np.int32]
Starts = IntArray

FAINT = 1e-12  # a share of a node's flow, or of a cost, too small to keep
_EXACT = 0.05  # a shift ends when it has taken away all but this of the difference in cost
_STEPS = 6  # Newton or bisection steps within one shift


@part
def _price(curves: FloatArray, state: FloatArray, link: int) -> None:
    """Cost and slope of a link from its flow."""
    share = curves[link, 1]
    if share == 0.0:
        return
    load = state[link, 0] * curves[link, 2]
    power = curves[link, 3]
    if power == 4.0:
        cube = load * load * load
        cost = share * cube * load
        slope = 4.0 * share * cube * curves[link, 2]
    elif power == 1.0:
        cost = share * load
        slope = share * curves[link, 2]
    else:
        cost = share * load**power
        at_zero = 0.0 if power > 1.0 else HUGE
        slope = power * cost / load * curves[link, 2] if load > 0.0 else at_zero
    state[link, 1] = curves[link, 0] + min(cost, HUGE)
    state[link, 2] = min(slope, HUGE)


@kernel("void(f8[:,::1], f8[:,::1])")
def price_all(curves: FloatArray, state: FloatArray) -> None:
    """Set cost and slope of every link from its flow."""
    for link in range(len(state)):
        state[link, 1] = curves[link, 0]
        _price(curves, state, link)


@kernel("f8(f8[:,::1])")
def total_cost(state: FloatArray) -> float:
    """Cost times flow over all links, summed in order."""
    total = 0.0
    for link in range(len(state)):
        total += state[link, 0] * state[link, 1]
    return total


@part
def _push(keys: FloatArray, heap: Nodes, size: int, key: float, node: int) -> int:
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at] = keys[above]
        heap[at] = heap[above]
        at = above
    keys[at] = key
    heap[at] = node
    return size + 1


@part
def _pop(keys: FloatArray, heap: Nodes, size: int) -> int:
    """Remove the least; the caller has read it at index 0."""
    size -= 1
    key = keys[size]
    node = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at] = keys[below]
        heap[at] = heap[below]
        at = below
    keys[at] = key
    heap[at] = node
    return size


@part
def _forbid_other_zones(
    label: FloatArray, first_through: int, origin: int, destinations: Nodes, volumes: FloatArray
) -> None:
    """Zones that the origin has no trips to get a label that nothing undercuts."""
    label[:first_through] = -1.0
    for k in range(len(destinations)):
        if volumes[k] > 0.0:
            label[destinations[k]] = np.inf
    label[origin] = 0.0


@kernel(
    "Tuple((i8[::1], i4[::1], f8[::1]))"
    "(i4[::1], i8[::1], i4[::1], f8[::1], i8, i8[::1], i4[::1], i4[::1], f8[:,::1], f8[:,::1])"
)
def plant(  # noqa: PLR0915
    origins: Nodes,
    first_pair: Starts,
    destination: Nodes,
    volume: FloatArray,
    first_through: int,
    first_out: Starts,
    tail: Nodes,
    head: Nodes,
    curves: FloatArray,
    state: FloatArray,
) -> tuple[Starts, Nodes, FloatArray]:
    """First bushes: each origin's tree of cheapest ways, loaded one after the other, each seeing those before it.

    Returns starts (origins + 1,), links and flows of the entries. Pairs without a way get volume 0.
    """
    nodes = len(first_out) - 1
    label = np.empty(nodes)
    via = np.empty(nodes, np.int32)
    order = np.empty(nodes, np.int32)
    settled = np.empty(nodes, np.bool_)
    need = np.zeros(nodes)
    keys = np.empty(len(head) + 1)
    heap = np.empty(len(head) + 1, np.int32)
    starts = np.zeros(len(origins) + 1, np.int64)
    links = np.empty(len(origins) * (nodes - 1), np.int32)
    flows = np.empty(len(links))
    end = 0
    for o in range(len(origins)):
        origin = origins[o]
        pairs = slice(first_pair[o], first_pair[o + 1])
        label[:] = np.inf
        _forbid_other_zones(label, first_through, origin, destination[pairs], volume[pairs])
        settled[:] = False
        count = 0
        size = _push(keys, heap, 0, 0.0, origin)
        while size > 0:
            node = heap[0]
            size = _pop(keys, heap, size)
            if settled[node]:
                continue
            settled[node] = True
            order[count] = node
            count += 1
            if node < first_through and node != origin:
                continue
            for link in range(first_out[node], first_out[node + 1]):
                reached = label[node] + state[link, 1]
                if reached < label[head[link]]:
                    label[head[link]] = reached
                    via[head[link]] = link
                    size = _push(keys, heap, size, reached, head[link])
        for k in range(first_pair[o], first_pair[o + 1]):
            if settled[destination[k]]:
                need[destination[k]] += volume[k]
            else:
                volume[k] = 0.0
        for at in range(1, count):
            links[end + at - 1] = via[order[at]]
        for at in range(count - 1, 0, -1):
            node = order[at]
            link = via[node]
            flows[end + at - 1] = need[node]
            if need[node] > 0.0:
                need[tail[link]] += need[node]
                state[link, 0] += need[node]
                _price(curves, state, link)
                need[node] = 0.0
        need[origin] = 0.0
        end += count - 1
        starts[o + 1] = end
    return starts, links[:end].copy(), flows[:end].copy()


@kernel("void(i4[::1], i8[::1], i4[::1], f8[::1], i8[::1], i4[::1], f8[::1], i8, i4[::1], i4[::1], f8[:,::1])")
def settle(
    origins: Nodes,
    first_pair: Starts,
    destination: Nodes,
    volume: FloatArray,
    starts: Starts,
    links: Nodes,
    flows: FloatArray,
    nodes: int,
    tail: Nodes,
    head: Nodes,
    state: FloatArray,
) -> None:
    """Restore conservation in each bush (each node's split stays, its flow is recounted) and add it to the links."""
    need = np.zeros(nodes)
    for o in range(len(origins)):
        for k in range(first_pair[o], first_pair[o + 1]):
            need[destination[k]] += volume[k]
        end = starts[o + 1]
        while end > starts[o]:
            node = head[links[end - 1]]
            begin = end
            total = 0.0
            while begin > starts[o] and head[links[begin - 1]] == node:
                begin -= 1
                total += flows[begin]
            wanted = need[node]
            need[node] = 0.0
            kept = 0.0
            for k in range(begin, end):
                if wanted == 0.0 or flows[k] < FAINT * total:
                    flows[k] = 0.0
                kept += flows[k]
            if wanted > 0.0:
                if kept == 0.0:
                    flows[begin] = kept = wanted
                for k in range(begin, end):
                    if flows[k] > 0.0:
                        flows[k] *= wanted / kept
                        need[tail[links[k]]] += flows[k]
                        state[links[k], 0] += flows[k]
            end = begin
        need[origins[o]] = 0.0


@part
def _shorten(
    label: FloatArray,
    near: FloatArray,
    far: FloatArray,
    origin: int,
    reached: Nodes,
    count: int,
    first_through: int,
    first_out: Starts,
    head: Nodes,
    cost: FloatArray,
    keys: FloatArray,
    heap: Nodes,
    waiting: NDArray[np.bool_],
    better: Nodes,
    known: NDArray[np.bool_],
) -> int:
    """Lower labels of cheapest ways within a bush to those of the whole network; collect links that may join it.

    A link (i, j) joins when a way over it undercuts the bush's cheapest way to j (label[i] + cost < near[j]) and
    far[i] + cost < far[j]. Nodes are scanned in the bush's order, those whose label falls later once more by label.
    Returns how many links there are in `better`.
    """
    size = 0
    at = 0
    found = 0
    while at < count or size > 0:
        if at < count:
            node = reached[at]
            at += 1
            waiting[node] = False
        else:
            node = heap[0]
            key = keys[0]
            size = _pop(keys, heap, size)
            if key > label[node]:
                continue
        if node < first_through and node != origin:
            continue
        here = label[node]
        for link in range(first_out[node], first_out[node + 1]):
            to = head[link]
            there = here + cost[link]
            if there >= near[to] or label[to] < 0.0:
                continue
            if there < label[to]:
                label[to] = there
                if not waiting[to]:
                    size = _push(keys, heap, size, there, to)
            if there < near[to] * (1.0 - FAINT) and far[node] + cost[link] < far[to] and not known[link]:
                known[link] = True
                better[found] = link
                found += 1
    return found


@kernel(
    "Tuple((i8[::1], i4[::1], f8[::1], f8))"
    "(i4[::1], i8[::1], i4[::1], f8[::1], i8[::1], i4[::1], f8[::1], i8, i8[::1], i4[::1], i4[::1], f8[::1])"
)
def regrow(  # noqa: C901, PLR0912, PLR0915
    origins: Nodes,
    first_pair: Starts,
    destination: Nodes,
    volume: FloatArray,
    starts: Starts,
    links: Nodes,
    flows: FloatArray,
    first_through: int,
    first_out: Starts,
    tail: Nodes,
    head: Nodes,
    cost: FloatArray,
) -> tuple[Starts, Nodes, FloatArray, float]:
    """Let better links into each bush and drop those without use, at fixed costs.

    `far` is the cost of the dearest way to a node over the links that stay. Links may join only where it rises, and
    it never falls along those that stay: so there are no cycles. Returns the new entries, and volume times the cost
    of the cheapest way in the whole network summed over all pairs.
    """
    nodes = len(first_out) - 1
    near = np.zeros(nodes)
    far = np.zeros(nodes)
    label = np.empty(nodes)
    reached = np.empty(nodes, np.int32)
    cheapest = np.empty(nodes, np.int64)
    first_entry = np.empty(nodes, np.int64)
    first_better = np.full(nodes, -1, np.int32)
    next_better = np.empty(len(head), np.int32)
    better = np.empty(len(head), np.int32)
    known = np.zeros(len(head), np.bool_)
    waiting = np.zeros(nodes, np.bool_)
    keys = np.empty(2 * len(head) + 1)
    heap = np.empty(2 * len(head) + 1, np.int32)
    placed = np.full(nodes, -1, np.int64)
    stack = np.empty(nodes, np.int32)
    new_starts = np.zeros(len(origins) + 1, np.int64)
    new_links = np.empty(len(links) + len(links) // 8 + len(head), np.int32)
    new_flows = np.empty(len(new_links))
    least = 0.0
    end = 0
    for o in range(len(origins)):
        origin = origins[o]
        pairs = slice(first_pair[o], first_pair[o + 1])
        label[:] = np.inf
        _forbid_other_zones(label, first_through, origin, destination[pairs], volume[pairs])
        near[origin] = far[origin] = 0.0
        reached[0] = origin
        count = 1
        k = starts[o]
        last = starts[o + 1]
        while k < last:
            node = head[links[k]]
            first_entry[node] = k
            best = np.inf
            while k < last and head[links[k]] == node:
                before = tail[links[k]]
                if near[before] + cost[links[k]] < best:
                    best = near[before] + cost[links[k]]
                    cheapest[node] = k
                k += 1
            worst = -np.inf
            for q in range(first_entry[node], k):
                if flows[q] > 0.0 or q == cheapest[node]:
                    worst = max(worst, far[tail[links[q]]] + cost[links[q]])
            near[node] = label[node] = best
            far[node] = worst
            reached[count] = node
            waiting[node] = True
            count += 1
        found = _shorten(
            label, near, far, origin, reached, count, first_through, first_out, head, cost,
            keys, heap, waiting, better, known,
        )  # fmt: skip
        for k in range(first_pair[o], first_pair[o + 1]):
            if volume[k] > 0.0:
                least += volume[k] * label[destination[k]]
        for at in range(found):
            next_better[at] = first_better[head[better[at]]]
            first_better[head[better[at]]] = at
            known[better[at]] = False

        if end + last - starts[o] + found > len(new_links):
            links_then, flows_then = new_links, new_flows
            new_links = np.empty(2 * len(links_then) + len(head), np.int32)
            new_links[:end] = links_then[:end]
            new_flows = np.empty(len(new_links))
            new_flows[:end] = flows_then[:end]
        placed[origin] = o
        for at in range(1, count):  # each node after all nodes before it: depth first, in the order of the old bush
            stack[0] = reached[at]
            depth = 0 if placed[reached[at]] == o else 1
            while depth > 0:
                node = stack[depth - 1]
                waits = -1
                k = first_entry[node]
                while k < last and head[links[k]] == node and waits < 0:
                    if (flows[k] > 0.0 or cheapest[node] == k) and placed[tail[links[k]]] != o:
                        waits = tail[links[k]]
                    k += 1
                c = first_better[node]
                while c >= 0 and waits < 0:
                    if placed[tail[better[c]]] != o:
                        waits = tail[better[c]]
                    c = next_better[c]
                if waits >= 0:
                    stack[depth] = waits
                    depth += 1
                    continue
                k = first_entry[node]
                while k < last and head[links[k]] == node:
                    if flows[k] > 0.0 or cheapest[node] == k:
                        new_links[end] = links[k]
                        new_flows[end] = flows[k]
                        end += 1
                    k += 1
                c = first_better[node]
                while c >= 0:
                    new_links[end] = better[c]
                    new_flows[end] = 0.0
                    end += 1
                    c = next_better[c]
                first_better[node] = -1
                placed[node] = o
                depth -= 1
        new_starts[o + 1] = end
    return new_starts, new_links[:end].copy(), new_flows[:end].copy(), least


@part
def _move(
    amount: float,
    dear: Starts,
    dears: int,
    cheap: Starts,
    cheaps: int,
    links: Nodes,
    flows: FloatArray,
    faint: float,
    curves: FloatArray,
    state: FloatArray,
) -> tuple[float, float]:
    """Shift flow from the dear segment to the cheap one. Returns the difference in cost and in slope that is left."""
    difference = 0.0
    slope = 0.0
    for at in range(dears):
        k = dear[at]
        link = links[k]
        less = amount if flows[k] - amount > faint else flows[k]  # no crumbs left behind
        flows[k] -= less
        state[link, 0] = max(state[link, 0] - less, 0.0)
        _price(curves, state, link)
        difference += state[link, 1]
        slope += state[link, 2]
    for at in range(cheaps):
        k = cheap[at]
        link = links[k]
        flows[k] = max(flows[k] + amount, 0.0)
        state[link, 0] = max(state[link, 0] + amount, 0.0)
        _price(curves, state, link)
        difference -= state[link, 1]
        slope += state[link, 2]
    return difference, slope


@part
def _balance(
    difference: float,
    slope: float,
    room: float,
    dear: Starts,
    dears: int,
    cheap: Starts,
    cheaps: int,
    links: Nodes,
    flows: FloatArray,
    faint: float,
    curves: FloatArray,
    state: FloatArray,
) -> None:
    """Make two segments cost the same, as far as the flow on the dear one allows: Newton steps kept in a bracket."""
    low = 0.0
    high = room
    at = 0.0
    allowed = _EXACT * difference
    for _ in range(_STEPS):
        to = at + difference / slope if slope > 0.0 else (high if difference > 0.0 else low)
        if to >= high:
            to = high if high == room and at < high else 0.5 * (low + high)
        elif to <= low:
            to = 0.5 * (low + high)
        difference, slope = _move(to - at, dear, dears, cheap, cheaps, links, flows, faint, curves, state)
        at = to
        if abs(difference) <= allowed or (at == room and difference > 0.0):
            return
        if difference > 0.0:
            low = at
        else:
            high = at


@kernel("f8(i4[::1], i8[::1], i4[::1], f8[::1], f8[::1], i8, i4[::1], i4[::1], f8[:,::1], f8[:,::1], f8, f8)")
def sweep(  # noqa: C901, PLR0912, PLR0915
    origins: Nodes,
    starts: Starts,
    links: Nodes,
    flows: FloatArray,
    volumes: FloatArray,
    nodes: int,
    tail: Nodes,
    head: Nodes,
    curves: FloatArray,
    state: FloatArray,
    small_cost: float,
    small_excess: float,
) -> float:
    """Once through each bush: at every node shift flow from the dearest way used to the cheapest.

    Differences below `small_cost`, and bushes whose excess is below `small_excess` a trip (of `volumes`, shape
    (origins,)), are left alone. Returns the excess cost found within the bushes before the shifts.
    """
    near = np.empty(nodes)
    far = np.empty(nodes)
    rank = np.empty(nodes, np.int64)
    order = np.empty(nodes, np.int32)
    cheapest = np.empty(nodes, np.int64)
    dearest = np.empty(nodes, np.int64)
    dear = np.empty(nodes, np.int64)
    cheap = np.empty(nodes, np.int64)
    total = 0.0
    for o in range(len(origins)):
        origin = origins[o]
        near[origin] = 0.0
        far[origin] = 0.0
        rank[origin] = 0
        count = 1
        excess = 0.0
        k = starts[o]
        while k < starts[o + 1]:
            node = head[links[k]]
            best = np.inf
            worst = -np.inf
            cheapest[node] = k
            dearest[node] = -1
            spent = 0.0
            through = 0.0
            while k < starts[o + 1] and head[links[k]] == node:
                before = tail[links[k]]
                cost = state[links[k], 1]
                if near[before] + cost < best:
                    best = near[before] + cost
                    cheapest[node] = k
                if flows[k] > 0.0:
                    if far[before] + cost > worst:
                        worst = far[before] + cost
                        dearest[node] = k
                    spent += flows[k] * (near[before] + cost)
                    through += flows[k]
                k += 1
            near[node] = best
            far[node] = worst if dearest[node] >= 0 else best
            excess += spent - through * best
            rank[node] = count
            order[count] = node
            count += 1
        total += excess
        if excess <= small_excess * volumes[o]:
            continue
        for at in range(count - 1, 0, -1):
            node = order[at]
            if dearest[node] < 0 or dearest[node] == cheapest[node] or far[node] - near[node] <= small_cost:
                continue
            dears = cheaps = 0
            difference = slope = 0.0
            room = np.inf
            dear_end = node
            cheap_end = node
            while dears == 0 or dear_end != cheap_end:
                if dears == 0 or rank[dear_end] > rank[cheap_end]:
                    k = dearest[dear_end]
                    if k < 0:
                        room = 0.0
                        break
                    dear[dears] = k
                    dears += 1
                    room = min(room, flows[k])
                    difference += state[links[k], 1]
                    slope += state[links[k], 2]
                    dear_end = tail[links[k]]
                else:
                    k = cheapest[cheap_end]
                    cheap[cheaps] = k
                    cheaps += 1
                    difference -= state[links[k], 1]
                    slope += state[links[k], 2]
                    cheap_end = tail[links[k]]
            if difference > small_cost and room > 0.0:
                _balance(
                    difference, slope, room, dear, dears, cheap, cheaps,
                    links, flows, FAINT * volumes[o], curves, state,
                )  # fmt: skip
    return total
