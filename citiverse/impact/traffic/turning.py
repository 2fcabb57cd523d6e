"""Bans on turning: junctions taken apart where they hold."""

from collections.abc import Mapping, Sequence

import numpy as np

from citiverse.city.feature import Road
from citiverse.city.turns import Turn
from citiverse.geometry.arrays import IntArray
from citiverse.impact.traffic.links import Links
from citiverse.shape.network import RoadNetwork, Ways


def banned_pairs(network: RoadNetwork, ways: Ways, turns: Sequence[Turn]) -> IntArray:
    """Pairs of ways of which the second must not follow the first, shape (pairs, 2), in order."""
    of_road: dict[str, list[int]] = {}
    roads = {road.id: road for road in network.roads}
    origin = [_origin(road, roads) for road in network.roads]
    for way, road in enumerate(network.road[ways.piece].tolist()):
        of_road.setdefault(origin[road], []).append(way)
    leaving: dict[int, list[int]] = {}
    for way, node in enumerate(ways.tail.tolist()):
        leaving.setdefault(node, []).append(way)
    found: set[tuple[int, int]] = set()
    for turn in turns:
        onto = set(of_road.get(turn.onto, ()))
        for way in of_road.get(turn.road, ()):
            next_ways = leaving.get(int(ways.head[way]), [])
            if onto.isdisjoint(next_ways):
                continue
            barred = set(next_ways) - onto if turn.only else onto.intersection(next_ways)
            found |= {(way, k) for k in barred if ways.piece[k] != ways.piece[way]}
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def _origin(road: Road, roads: Mapping[str, Road]) -> str:
    """The id that the source has for a road, or for the one that edits have split it off."""
    id = road.id
    while road.part_of:
        id = road.part_of
        if id not in roads:
            break
        road = roads[id]
    return id.partition(".")[0]


def with_bans(links: Links, banned: IntArray, ends: IntArray) -> Links:
    """The same links with the junctions of `banned` pairs taken apart, so that no way leads over such a pair.

    Joints follow the links and cost nothing. Junctions among `ends`, where trips begin and end, stay as they are.
    """
    banned = banned[~np.isin(links.head[banned[:, 0]], ends)]
    if not len(banned):
        return links
    tail, head = links.tail.copy(), links.head.copy()
    barred: dict[int, set[int]] = {}
    for before, after in banned.tolist():
        barred.setdefault(before, set()).add(after)
    joints: list[tuple[int, int]] = []
    nodes = links.nodes
    for junction in np.unique(links.head[banned[:, 0]]).tolist():
        # Ways that some are barred from begin at a place of their own, all others together at `free`.
        into = [way for way in barred if links.head[way] == junction]
        own = {way: nodes + 1 + k for k, way in enumerate(sorted(set().union(*(barred[way] for way in into))))}
        free, nodes = nodes, nodes + 1 + len(own)
        tail[links.tail == junction] = free
        for way, place in own.items():
            tail[way] = place
        joints += [(junction, free), *((junction, place) for place in own.values())]
        for way in into:
            head[way] = nodes
            joints += [(nodes, free), *((nodes, place) for out, place in own.items() if out not in barred[way])]
            nodes += 1
    first, second = np.array(joints, np.int64).T
    nothing, one = np.zeros(len(joints)), np.ones(len(joints))
    return Links(
        nodes=nodes,
        tail=np.concatenate([tail, first]),
        head=np.concatenate([head, second]),
        capacity=np.concatenate([links.capacity, one]),
        free_time=np.concatenate([links.free_time, nothing]),
        b=np.concatenate([links.b, nothing]),
        power=np.concatenate([links.power, one]),
        fixed=np.concatenate([links.fixed, nothing]),
    )
