"""Lines of buses, as relations of type route have them.

Format: https://wiki.openstreetmap.org/wiki/Relation:route
"""

from citiverse.city.routes import BusRoute
from citiverse.gis.osm.elements import Elements

_BUSES = {"bus", "trolleybus"}


def bus_routes(elements: Elements) -> tuple[BusRoute, ...]:
    """The lines that run along a road, in the order of the file; those without a number or name are left out."""
    found = []
    for relation in elements.relations:
        line = relation.tags.get("ref", relation.tags.get("name", ""))
        if relation.tags.get("type") != "route" or relation.tags.get("route") not in _BUSES or not line:
            continue
        roads = (f"osm:w{each.id}" for each in relation.members if each.type == "w" and "platform" not in each.role)
        if along := tuple(dict.fromkeys(roads)):
            found.append(BusRoute(line=line, roads=along))
    return tuple(found)
