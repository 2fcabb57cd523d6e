"""Buildings and the parts they are made of."""

from citiverse.city.city import City
from citiverse.city.feature import Building
from citiverse.proposal.alter import find


def whole_of(city: City, building: Building) -> list[Building]:
    """A building with all parts of the same outline."""
    if not building.part_of:
        return [building]
    near = city.near(building.geometry.buffer(500.0))
    return [each for each in near if isinstance(each, Building) and each.part_of == building.part_of]


def building_or_parts(city: City, id: str) -> list[Building]:
    """The building of this id, whole; also by the id of an outline that only its parts stand for.

    Raises EditRefused when there is none.
    """
    if city.get(id) is None:
        parts = [each for each in city.all(Building) if each.part_of == id]
        if parts:
            return parts
    return whole_of(city, find(city, id, Building, "building"))
