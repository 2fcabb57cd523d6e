"""Lines of public transport, as relations of type route have them.

Format: https://wiki.openstreetmap.org/wiki/Relation:route
"""

from collections.abc import Container, Iterator

from citiverse.city.routes import BusRoute
from citiverse.gis.osm.elements import Elements, Relation

_BUSES = {"bus", "trolleybus"}


def lines_of(elements: Elements, kinds: Container[str]) -> Iterator[tuple[str, Relation]]:
    """The number or name of each line whose `route` is one of some kinds; lines without either are left out."""
    for relation in elements.relations:
        line = relation.tags.get("ref", relation.tags.get("name", ""))
        if relation.tags.get("type") == "route" and relation.tags.get("route", "") in kinds and line:
            yield line, relation


def bus_routes(elements: Elements) -> tuple[BusRoute, ...]:
    """The lines of buses that run along a road, in the order of the file."""
    found = []
    for line, relation in lines_of(elements, _BUSES):
        roads = (f"osm:w{each.id}" for each in relation.members if each.type == "w" and "platform" not in each.role)
        if along := tuple(dict.fromkeys(roads)):
            found.append(BusRoute(line=line, roads=along))
    return tuple(found)
