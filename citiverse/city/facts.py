"""What is known of a city beside the things in it: people, timetable, weather, counts, air, plan, turns, lines."""

from dataclasses import dataclass
from functools import cached_property

from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from citiverse.city.background import Background
from citiverse.city.counts import TrafficCount
from citiverse.city.fingerprint import value_print
from citiverse.city.people import Population
from citiverse.city.plan import Parcel, Zone
from citiverse.city.routes import BusRoute
from citiverse.city.timetable import Timetable
from citiverse.city.turns import Turn
from citiverse.city.weather import Weather


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What models feed on beside features, each with the key of its source; edits leave them as they are."""

    population: Population | None = None
    timetable: Timetable | None = None
    weather: Weather | None = None
    counts: tuple[TrafficCount, ...] = ()
    background: tuple[Background, ...] = ()
    zones: tuple[Zone, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    turns: tuple[Turn, ...] = ()
    routes: tuple[BusRoute, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        one = (self.population, self.timetable, self.weather)
        return any(each is not None for each in one) or bool(
            self.counts or self.background or self.zones or self.parcels or self.turns or self.routes
        )

    @cached_property
    def fingerprint(self) -> int:
        """128-bit hash of all of it, 0 where nothing is known."""
        return value_print(self) if self else 0

    def zones_on(self, shape: BaseGeometry) -> list[Zone]:
        """Zones of the plan that share ground with an area, or hold a point, in the scene's metres."""
        return [self.zones[n] for n in sorted(_meeting(self._zone_tree, shape))]

    def parcels_on(self, shape: BaseGeometry) -> list[Parcel]:
        """Parcels that share ground with an area, or hold a point, in the scene's metres."""
        return [self.parcels[n] for n in sorted(_meeting(self._parcel_tree, shape))]

    @cached_property
    def _zone_tree(self) -> STRtree:
        return STRtree([zone.geometry for zone in self.zones])

    @cached_property
    def _parcel_tree(self) -> STRtree:
        return STRtree([parcel.geometry for parcel in self.parcels])


def _meeting(tree: STRtree, shape: BaseGeometry) -> list[int]:
    """Positions of areas whose inside meets the shape: neighbours that only touch it are left out."""
    found = tree.query(shape, predicate="intersects").tolist()
    return [n for n in found if not tree.geometries[n].touches(shape)]


NO_FACTS = Facts()
