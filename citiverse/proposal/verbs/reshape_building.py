"""Give a building another height, roof or footprint."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Roof, RoofShape
from citiverse.proposal.alter import find, told
from citiverse.proposal.buildings import whole_of
from citiverse.proposal.fields import Area, BuildingHeight, BuildingId, Levels
from citiverse.proposal.polygon import Ringed
from citiverse.proposal.refusal import EditInvalid, EditRefused
from citiverse.proposal.siting import felled, footprint_of
from citiverse.proposal.storeys import LARGEST_ROOF_SHARE, floor_area_m2, roof_rise_m, storey_m
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called, count, listing, metres, name_of, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapeBuilding(Verb):
    """Give a building another number of storeys or height, another roof or another footprint.

    Homes and jobs, where they are known, grow and shrink with the floor area.
    """

    group: ClassVar[Group] = "buildings"
    any_of: ClassVar[tuple[str, ...]] = ("levels", "height_m", "roof", "footprint")

    verb: Literal["reshape_building"] = "reshape_building"
    building: BuildingId
    levels: Levels | None = None
    height_m: BuildingHeight | None = None
    roof: RoofShape | None = None
    footprint: Area | None = None

    def __post_init__(self) -> None:
        """Check the fields against each other. Raises EditInvalid."""
        Verb.__post_init__(self)
        if self.levels is not None and self.height_m is not None:
            raise EditInvalid("Give either levels or height_m, not both.", "height_m")

    def apply(self, city: City) -> Change:
        """The building in its new shape. Raises EditRefused where it can't stand so or is so already."""
        old = find(city, self.building, Building, "building")
        ground = self._ground(city, old)
        new = self._reshaped(old, ground)
        if new == old:
            raise EditRefused(f"{sentence(name_of(old))} already has this shape.", field="building")
        before: dict[str, Feature | None] = {old.id: old}
        if self.footprint is not None:
            before |= {thing.id: thing for thing in felled(city, ground)}
        return change_between(before, {old.id: new})

    def describe(self, city: City) -> str:
        """Such as "Change Forum to 7 storeys and a flat roof"."""
        changes = []
        if self.levels is not None:
            changes.append(count(self.levels, "storey"))
        if self.height_m is not None:
            changes.append(f"a height of {metres(self.height_m)}")
        if self.roof is not None:
            changes.append(f"a {self.roof} roof")
        if self.footprint is not None:
            changes.append("another footprint")
        return f"Change {called(city, self.building)} to {listing(changes)}"

    def _ground(self, city: City, old: Building) -> Ringed:
        if self.footprint is None:
            return old.geometry
        own = frozenset(part.id for part in whole_of(city, old))
        height_m = self.height_m or (self.levels or old.levels) * storey_m(old.use)
        return footprint_of(city, self.footprint, height_m=height_m, ignore=own)

    def _reshaped(self, old: Building, ground: Ringed) -> Building:
        shape = self.roof or old.roof.shape
        same_roof = shape == old.roof.shape and ground == old.geometry
        rise_m = old.roof.height_m if same_roof else roof_rise_m(shape, ground)
        foot_m = old.min_height_m
        walls_m = max(old.height_m - foot_m - old.roof.height_m, 0.0)
        each_m = _storey_m(old, walls_m)
        if self.levels is not None:
            levels, walls_m = float(self.levels), self.levels * each_m
            top_share = LARGEST_ROOF_SHARE / (1.0 - LARGEST_ROOF_SHARE)
            rise_m = min(rise_m, walls_m * top_share)
            height_m, guessed = foot_m + walls_m + rise_m, ("height_m", "homes", "jobs")
        elif self.height_m is not None:
            if self.height_m <= foot_m + 1.0:
                raise EditRefused(
                    f"This part starts {metres(foot_m)} above the ground; build higher.", field="height_m"
                )
            height_m = self.height_m
            rise_m = min(rise_m, LARGEST_ROOF_SHARE * (height_m - foot_m))
            levels = float(max(1, round((height_m - foot_m - rise_m) / each_m)))
            guessed = ("levels", "homes", "jobs")
        else:
            levels, guessed = old.levels, ("height_m", "homes", "jobs")
            rise_m = rise_m if same_roof else min(rise_m, LARGEST_ROOF_SHARE * max(walls_m, 2.0))
            height_m = foot_m + walls_m + rise_m
        roof = old.roof if same_roof and rise_m == old.roof.height_m else _roof(old.roof, shape, rise_m)
        grown = ground.area * levels / (floor_area_m2(old) or 1.0)
        return told(
            old,
            guessed=(*guessed, "roof") if roof.height_m > 0.0 else guessed,
            geometry=ground,
            levels=levels,
            height_m=round(height_m, 2) if height_m != old.height_m else old.height_m,
            roof=roof,
            homes=_grown(old.homes, grown),
            jobs=_grown(old.jobs, grown),
        )


def _roof(old: Roof, shape: RoofShape, rise_m: float) -> Roof:
    facing = old.direction_deg if shape == old.shape else None
    return Roof(shape, round(rise_m, 2), facing, old.orientation, old.colour, old.material)


def _storey_m(building: Building, walls_m: float) -> float:
    """The building's own storey height where its figures make sense."""
    own = walls_m / building.levels if building.levels > 0.0 else 0.0
    return own if 2.2 <= own <= 6.0 else storey_m(building.use)


def _grown(number: float | None, share: float) -> float | None:
    return number if number is None or share == 1.0 else round(number * share, 1)
