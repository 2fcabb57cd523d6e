"""Bans on turning, as relations of type restriction have them.

Format: https://wiki.openstreetmap.org/wiki/Relation:restriction
"""

from citiverse.city.turns import Turn
from citiverse.gis.osm.elements import Elements, Relation

_CARS = {"motorcar", "motor_vehicle", "vehicle"}
_NO, _ONLY = "no_", "only_"


def turns(elements: Elements) -> tuple[Turn, ...]:
    """The bans that hold for all cars at all times, in the order of the file."""
    return tuple(turn for each in elements.relations for turn in _turns(each))


def _turns(relation: Relation) -> list[Turn]:
    tags = relation.tags
    ban = tags.get("restriction", tags.get("restriction:motorcar", ""))
    if tags.get("type") != "restriction" or not ban.startswith((_NO, _ONLY)) or ban == "no_u_turn":
        return []
    if _CARS & {each.strip() for each in tags.get("except", "").split(";")}:
        return []
    ends = {
        role: [f"osm:w{each.id}" for each in relation.members if each.type == "w" and each.role == role]
        for role in ("from", "to")
    }
    return [
        Turn(road=start, onto=end, only=ban.startswith(_ONLY))
        for start in ends["from"]
        for end in ends["to"]
        if start != end
    ]
