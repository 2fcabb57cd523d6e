"""Lines of buses and the roads they run along."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BusRoute:
    """A line of buses. `roads` are the sources' ids, without what cutting at the scene's edge has added, in order."""

    line: str
    roads: tuple[str, ...]
