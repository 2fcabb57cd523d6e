"""Who may use a road, and in which direction."""

from collections.abc import Mapping

from citiverse.city.feature import Direction, Mode
from citiverse.gis.osm.elements import Tags

_ALL: frozenset[Mode] = frozenset({"car", "truck", "bus", "bicycle", "foot"})
_MOTOR: frozenset[Mode] = frozenset({"car", "truck", "bus"})
_SOFT: frozenset[Mode] = frozenset({"bicycle", "foot"})
_FOOT: frozenset[Mode] = frozenset({"foot"})

# Who may use a class of road where no tag says so: OpenStreetMap wiki, "OSM tags for routing/Access restrictions",
# table "Worldwide"; tracks without motor traffic, as they are for farmers and foresters.
_BY_CLASS: Mapping[str, frozenset[Mode]] = {
    "motorway": _MOTOR, "motorway_link": _MOTOR, "trunk": _ALL, "trunk_link": _ALL,
    "pedestrian": _FOOT, "footway": _FOOT, "steps": _FOOT, "corridor": _FOOT, "platform": _FOOT, "elevator": _FOOT,
    "cycleway": _SOFT, "path": _SOFT, "bridleway": _FOOT, "track": _SOFT,
    "busway": frozenset({"bus"}), "bus_guideway": frozenset({"bus"}),
}  # fmt: skip
# Countries whose rule of the road keeps people on foot off a cycleway (same wiki page, tables by country).
_CYCLEWAY_WITHOUT_FOOT = frozenset({"AT", "BE", "CH", "DE", "DK", "FR", "NL"})

# Tags from the general to the special: each sets the modes it speaks of.
_TAGS: tuple[tuple[str, frozenset[Mode]], ...] = (
    ("access", _ALL),
    ("vehicle", frozenset({"car", "truck", "bus", "bicycle"})),
    ("motor_vehicle", _MOTOR),
    ("motorcar", frozenset({"car"})),
    ("goods", frozenset({"truck"})),
    ("hgv", frozenset({"truck"})),
    ("psv", frozenset({"bus"})),
    ("bus", frozenset({"bus"})),
    ("bicycle", frozenset({"bicycle"})),
    ("foot", frozenset({"foot"})),
)
_CLOSED = frozenset({"no", "private", "permit", "agricultural", "forestry", "delivery", "agricultural;forestry",
                     "emergency", "military", "restricted", "use_sidepath", "dismount", "residents"})  # fmt: skip
_OPEN = frozenset({"yes", "designated", "permissive", "destination", "customers", "official", "public", "limited"})
ONE_WAY_CLASSES = frozenset({"motorway", "motorway_link"})


def modes(tags: Tags, country: str) -> frozenset[Mode]:
    """Who may use a road. Destination traffic counts as allowed; a lane for delivery or residents only does not."""
    category = tags.get("highway", "")
    allowed = set(_BY_CLASS.get(category, _ALL))
    if category == "cycleway" and country in _CYCLEWAY_WITHOUT_FOOT and "sidewalk" not in tags:
        allowed.discard("foot")
    if tags.get("motorroad") == "yes":
        allowed -= _SOFT
    for key, who in _TAGS:
        value = tags.get(key)
        if value is None:
            continue
        if value in _CLOSED:
            allowed -= who
        elif value in _OPEN and (key != "access" or category not in _BY_CLASS):
            allowed |= who
    return frozenset(allowed)


def direction(tags: Tags) -> Direction:
    """Where motor traffic may go, seen along the line."""
    value = tags.get("oneway:motor_vehicle", tags.get("oneway", ""))
    if value in {"-1", "reverse"}:
        return "backward"
    if value in {"yes", "true", "1"}:
        return "forward"
    if value in {"no", "false", "0", "reversible", "alternating"}:
        return "both"
    roundabout = tags.get("junction") in {"roundabout", "circular"}
    return "forward" if roundabout or tags.get("highway") in ONE_WAY_CLASSES else "both"


def bicycle_direction(tags: Tags) -> Direction:
    """Where bicycles may go: like motor traffic unless contraflow is allowed or forbidden."""
    value = tags.get("oneway:bicycle", "")
    if value in {"no", "false", "0"}:
        return "both"
    if value in {"yes", "true", "1"}:
        return "forward"
    if value in {"-1", "reverse"}:
        return "backward"
    if any(tags.get(f"cycleway{side}", "").startswith("opposite") for side in ("", ":left", ":right", ":both")):
        return "both"
    strips = {tags.get(f"cycleway{side}:oneway") for side in (":left", ":right", ":both")}
    along = direction(tags)
    against = {"backward": "yes", "forward": "-1"}.get(along)
    return "both" if "no" in strips or against in strips - {None} else along
