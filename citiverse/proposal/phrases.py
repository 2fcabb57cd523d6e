"""Parts of descriptions that several verbs share."""

from citiverse.city.city import City, NotInCity
from citiverse.proposal.between import END, ends_of
from citiverse.proposal.refusal import EditRefused, Lonlat
from citiverse.proposal.words import name_of


def of_road(city: City, pattern: str, road: str, between: tuple[Lonlat, Lonlat] | None) -> str:
    """`pattern` with the road's name for {road}, and the stretch "between A and B" where there is one."""
    try:
        named = pattern.format(road=name_of(city.road_parts(road)[0]))
    except NotInCity:
        return pattern.format(road=road)
    if between is None:
        return named
    try:
        start, end = ends_of(city, road, between)
    except EditRefused:
        return named
    if start != end:
        return f"{named} between {start} and {end}"
    return named if start == END else f"{named} at {start}"
