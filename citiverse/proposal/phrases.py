"""Parts of descriptions that several verbs share."""

from citiverse.city.city import City, NotInCity
from citiverse.proposal.between import END, ends_of
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import name_of

Ends = tuple[str, str] | None


def of_road(city: City, pattern: str, road: str, between: tuple[Lonlat, Lonlat] | None) -> str:
    """`pattern` with the road's name for {road}, and the stretch "between A and B" where there is one."""
    name, ends = name_and_ends(city, road, between)
    named = pattern.format(road=name)
    if ends is None:
        return named
    start, end = ends
    return f"{named} between {start} and {end}" if start != end else f"{named} at {start}"


def name_and_ends(city: City, road: str, between: tuple[Lonlat, Lonlat] | None) -> tuple[str, Ends]:
    """How a road is called, and what crosses it at the ends of a stretch; None where that says nothing."""
    try:
        name = name_of(city.road_parts(road)[0])
    except NotInCity:
        return road, None
    if between is None:
        return name, None
    try:
        ends = ends_of(city, road, between)
    except EditRefused:
        return name, None
    return name, None if ends == (END, END) else ends
