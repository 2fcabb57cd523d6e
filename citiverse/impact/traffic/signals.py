"""Waiting at traffic lights."""

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.traffic.coefficients import Signals
from citiverse.shape.network import RoadNetwork, Ways

JUNCTION_REACH_M = 25.0  # lights stand at most that far from the middle of their junction
ONE_JUNCTION_M = 30.0  # crossings of carriageways this near each other have one program
CROSSING_REACH_M = 8.0  # from the lights of a crossing to the line of its street


def waits_min(network: RoadNetwork, ways: Ways, signals: FloatArray, rules: Signals) -> FloatArray:
    """Minutes that a vehicle waits for `signals`, shape (n, 2), at the end of each way, shape (ways,).

    One wait for each junction that is entered, and one for a crossing between junctions.
    """
    waits = np.zeros(len(ways))
    if not len(signals) or not len(ways):
        return waits
    junction = _junctions(network, ways, signals)
    entered = (junction[ways.head] >= 0) & (junction[ways.head] != junction[ways.tail])
    waits[entered] = rules.junction_s / 60.0
    crossings = signals[~_near(signals, network.points[junction >= 0], JUNCTION_REACH_M)]
    pieces = np.unique(ways.piece)
    tree = shapely.STRtree([network.lines[piece] for piece in pieces])
    _, piece = tree.query_nearest(shapely.points(crossings), max_distance=CROSSING_REACH_M, all_matches=False)
    crossed = np.zeros(len(network))
    np.add.at(crossed, pieces[piece], rules.crossing_s / 60.0)
    return np.asarray(waits + crossed[ways.piece], np.float64)


def _junctions(network: RoadNetwork, ways: Ways, signals: FloatArray) -> IntArray:
    """A number for each node that belongs to a junction with lights, -1 for the others."""
    pairs = np.unique(np.sort(np.column_stack([ways.tail, ways.head]), axis=1), axis=0)
    neighbours = np.bincount(pairs[pairs[:, 0] != pairs[:, 1]].ravel(), minlength=ways.nodes)
    lit = np.flatnonzero((neighbours >= 3) & _near(network.points, signals, JUNCTION_REACH_M))
    found = np.full(ways.nodes, -1, np.int64)
    if len(lit):
        near = cKDTree(network.points[lit]).query_pairs(ONE_JUNCTION_M, output_type="ndarray")
        graph = csr_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(lit), len(lit)))
        found[lit] = connected_components(graph, directed=False)[1]
    return found


def _near(points: FloatArray, others: FloatArray, reach_m: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Marks the points with one of `others` in reach."""
    if not len(others):
        return np.zeros(len(points), np.bool_)
    away_m = np.asarray(cKDTree(others).query(points)[0])
    return np.asarray(away_m <= reach_m, np.bool_)
