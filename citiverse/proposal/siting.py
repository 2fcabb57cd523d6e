"""Where a building can stand."""

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.city import City
from citiverse.city.feature import Building, Feature, Rail, Road, Tree, Water
from citiverse.proposal.ground import OVERLAP_M2, STREET_OVERLAP_M2, around, overlap, small_things
from citiverse.proposal.place import lonlat
from citiverse.proposal.polygon import polygon_of
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import metres, other_name_of, sentence, square_metres

LEAST_M2, MOST_M2 = 6.0, 60_000.0
NARROWEST_M = 1.5


def footprint_of(
    city: City, footprint: tuple[tuple[Lonlat, ...], ...], *, height_m: float, ignore: frozenset[str] = frozenset()
) -> Polygon:
    """The footprint on free ground. Raises EditRefused over buildings, streets, tracks and water.

    Features to `ignore` are no obstacle.
    """
    drawn = polygon_of(city, footprint, what="the building", field="footprint", least_m2=LEAST_M2, most_m2=MOST_M2)
    if drawn.buffer(-NARROWEST_M / 2.0).is_empty:
        raise EditRefused(f"The building is less than {metres(NARROWEST_M)} wide.", field="footprint")
    meets = "the building would stand on"
    refuse_obstacles(city, drawn, meets=meets, field="footprint", height_m=height_m, ignore=ignore)
    return drawn


def refuse_obstacles(
    city: City,
    drawn: Polygon,
    *,
    meets: str,
    field: str,
    height_m: float = 0.0,
    ignore: frozenset[str] = frozenset(),
) -> None:
    """Raise EditRefused where buildings, streets, tracks or water are in the way of what is so high.

    `meets` begins the sentence: "the building would stand on".
    """
    for feature in around(city, drawn):
        if feature.id in ignore or (isinstance(feature, Building) and feature.min_height_m > height_m):
            continue
        allowed_m2 = _allowed_m2(feature)
        if allowed_m2 is None:
            continue
        taken = overlap(feature, drawn)
        if taken.area > allowed_m2:
            ground = f"{square_metres(taken.area)} of {other_name_of(feature)}"
            raise EditRefused(f"{sentence(meets)} {ground}.", at=lonlat(city, taken), field=field)


def felled(city: City, footprint: BaseGeometry) -> list[Feature]:
    """Trees and furniture that must go for a building."""
    return [thing for thing in small_things(city, footprint) if isinstance(thing, Tree) or thing.kind == "furniture"]


def _allowed_m2(feature: Feature) -> float | None:
    match feature:
        case Building() | Water():
            return OVERLAP_M2
        case Road() | Rail():
            return STREET_OVERLAP_M2
        case _:
            return None
