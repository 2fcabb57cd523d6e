"""Put up a building."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from shapely import Polygon

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, BuildingUse, Feature, Roof, RoofShape
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import Area, BuildingHeight, Homes, Levels
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.siting import felled, footprint_of
from citiverse.proposal.storeys import LARGEST_ROOF_SHARE, LEAST_HOME_M2, roof_rise_m, storey_m, usual_homes, usual_jobs
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import count, metres


@dataclass(frozen=True, slots=True, kw_only=True)
class AddBuilding(Verb):
    """Put up a building on free ground, so many storeys or metres high.

    Homes and jobs that are not told are estimated from the floor area. Trees and furniture on the ground give way.
    """

    group: ClassVar[Group] = "buildings"
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("levels",), ("height_m",))

    verb: Literal["add_building"] = "add_building"
    footprint: Area
    levels: Levels | None = None
    height_m: BuildingHeight | None = None
    use: BuildingUse = "apartments"
    roof: RoofShape = "flat"
    homes: Homes | None = None

    def apply(self, city: City) -> Change:
        """The building, without what it displaces. Raises EditRefused where it can't stand."""
        least_m = self.height_m or (self.levels or 1) * storey_m(self.use)
        ground = footprint_of(city, self.footprint, height_m=least_m)
        building = self._building(next(fresh_ids(self, city)), city, ground)
        after: dict[str, Feature | None] = {building.id: building}
        after |= {thing.id: None for thing in felled(city, ground)}
        return change_between({id: city.get(id) for id in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Put up a building of 5 storeys for apartments"."""
        size = count(self.levels, "storey") if self.levels is not None else metres(self.height_m or 0.0)
        return f"Put up a building of {size} ({self.use})"

    def _building(self, id: str, city: City, ground: Polygon) -> Building:
        rise_m = roof_rise_m(self.roof, ground)
        guessed = {"jobs"}
        if self.levels is not None:
            levels = float(self.levels)
            rise_m = min(rise_m, levels * storey_m(self.use) * LARGEST_ROOF_SHARE / (1.0 - LARGEST_ROOF_SHARE))
            height_m = levels * storey_m(self.use) + rise_m
            guessed.add("height_m")
        else:
            height_m = self.height_m or 0.0
            rise_m = min(rise_m, LARGEST_ROOF_SHARE * height_m)
            levels = float(max(1, round((height_m - rise_m) / storey_m(self.use))))
            guessed.add("levels")
        if rise_m > 0.0:
            guessed.add("roof")
        homes = self.homes
        if homes is None:
            homes = usual_homes(city, self.use, ground.area * levels)
            guessed.add("homes")
        elif homes * LEAST_HOME_M2 > ground.area * levels:
            floor_m2 = ground.area * levels
            raise EditRefused(f"{homes:g} homes don't fit on {floor_m2:,.0f} m² of floor.", field="homes")
        return Building(
            id=id,
            source=SOURCE,
            geometry=ground,
            height_m=round(height_m, 2),
            levels=levels,
            use=self.use,
            roof=Roof(shape=self.roof, height_m=round(rise_m, 2)),
            homes=homes,
            jobs=usual_jobs(self.use, ground.area * levels),
            estimated=frozenset(guessed),
        )
