"""Road links as traffic assignment sees them, and what it costs to drive over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citiverse.geometry.arrays import FloatArray, IntArray

Flags = NDArray[np.bool_]

HUGE = 1e150  # stands for an overflowing cost, so that sums and products stay finite


class BadNetwork(ValueError):
    """Links or trips that no assignment can use; the sentence says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Directed links between nodes 0 .. nodes - 1; all arrays of shape (links,).

    Travel time at flow v is free_time * (1 + b * (v / capacity) ** power), the volume-delay function of the US Bureau
    of Public Roads (Traffic Assignment Manual, 1964); `fixed` (tolls, length) is added to make the cost. Nodes before
    `first_through` are zones that trips start and end at but don't pass. A link without capacity that would need it
    (b, power and free_time positive) is closed.
    """

    nodes: int
    tail: IntArray
    head: IntArray
    capacity: FloatArray
    free_time: FloatArray
    b: FloatArray
    power: FloatArray
    fixed: FloatArray
    first_through: int = 0

    def __post_init__(self) -> None:
        """Check what the solver relies on. Raises BadNetwork."""
        for name in ("capacity", "free_time", "b", "power"):
            values = getattr(self, name)
            if not np.isfinite(values).all() or (values < 0).any():
                raise BadNetwork(f"Every link needs a {name.replace('_', ' ')} that is a number and not negative.")
        if not np.isfinite(self.fixed).all() or (self.free_time + self.fixed < 0).any():
            raise BadNetwork("Every link needs a cost that is a number and not negative.")
        ends = np.concatenate([self.tail, self.head])
        if len(ends) and (ends.min() < 0 or ends.max() >= self.nodes):
            raise BadNetwork("A link begins or ends at a node that does not exist.")

    def __len__(self) -> int:
        """Number of links."""
        return len(self.tail)

    @property
    def congestible(self) -> Flags:
        """Links whose time grows with flow."""
        grows: Flags = (self.free_time > 0) & (self.b > 0) & (self.power > 0)
        return grows

    @property
    def closed(self) -> Flags:
        """Links that can take no flow."""
        shut: Flags = self.congestible & (self.capacity == 0)
        return shut

    def _delay(self, flow: FloatArray) -> FloatArray:
        """Time that congestion adds to `base_time`."""
        matters = self.congestible & ~self.closed
        load = np.divide(flow, self.capacity, out=np.zeros(len(self)), where=matters)
        share = np.where(matters, self.free_time * self.b, 0.0)
        with np.errstate(over="ignore"):
            delay: FloatArray = np.minimum(share * load**self.power, HUGE)
        return delay

    @property
    def base_time(self) -> FloatArray:
        """Travel time on an empty link; power 0 means that the factor 1 + b always applies."""
        return np.where(self.power == 0, self.free_time * (1.0 + self.b), self.free_time)

    def time(self, flow: FloatArray) -> FloatArray:
        """Travel time at `flow`."""
        return self.base_time + self._delay(flow)

    def cost(self, flow: FloatArray) -> FloatArray:
        """Travel time and fixed cost at `flow`."""
        return self.time(flow) + self.fixed

    def beckmann(self, flow: FloatArray) -> float:
        """Sum of the integrals of cost from 0 to `flow`, least at equilibrium (Beckmann, McGuire & Winsten 1956)."""
        return float(np.sum(flow * (self.base_time + self.fixed + self._delay(flow) / (self.power + 1.0))))


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Trips between nodes in the period that capacities count; arrays of shape (pairs,). Pairs may repeat."""

    origin: IntArray
    destination: IntArray
    volume: FloatArray

    def __post_init__(self) -> None:
        """Check that volumes are usable. Raises BadNetwork."""
        if not np.isfinite(self.volume).all() or (self.volume < 0).any():
            raise BadNetwork("Trips between two zones must be a number and not negative.")
