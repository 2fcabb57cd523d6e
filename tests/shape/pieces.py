"""What the pieces of a ground come to."""

import numpy as np

from citiverse.shape.ground import Ground


def lonely_edges(pieces: Ground, side_m: float) -> list[tuple[int, int, int, int]]:
    """Edges without the reverse edge of a neighbour, millimetres: where a crack may open. Not those of the square."""
    start = np.rint(pieces.rings.points * 1000).astype(int)
    end = start[pieces.rings.following]
    edges = set(map(tuple, np.column_stack([start, end]).tolist()))
    lonely = [(a, b, c, d) for a, b, c, d in edges if (c, d, a, b) not in edges]
    border = (0, round(side_m * 1000))
    return [edge for edge in lonely if not any(edge[k] == edge[k + 2] and edge[k] in border for k in (0, 1))]


def total_area(pieces: Ground) -> float:
    """Square metres under all triangles."""
    a, b, c = (pieces.rings.points[pieces.triangles[:, i]] for i in range(3))
    return float(((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])).sum() / 2)
