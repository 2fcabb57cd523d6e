"""Which changes one can see: the others leave every tile as it is and need no drawing."""

from citiverse.city.change import Change
from citiverse.city.feature import Feature, Road, field_names
from citiverse.shape.ground import road_cover

UNDRAWN = frozenset({"name", "speed_kmh", "bicycle_direction", "homes", "jobs", "year", "address", "standard"})
"""Fields that no layer draws and no property table holds."""


def visible(change: Change) -> list[Feature]:
    """The features of both sides of `change`, without those that became something that looks the same.

    A feature that did not change at all counts: whoever names it asks for its tiles.
    """
    found: list[Feature] = []
    for id, old in change.before.items():
        new = change.after[id]
        if old is None or new is None or old == new or not alike(old, new):
            found += [feature for feature in (old, new) if feature is not None]
    return found


def alike(old: Feature, new: Feature) -> bool:
    """Whether two states of a feature look the same from everywhere."""
    if type(old) is not type(new):
        return False
    unseen = set(UNDRAWN)
    if isinstance(old, Road) and isinstance(new, Road) and road_cover(old) == road_cover(new):
        unseen.add("modes")  # who may use a road shows only where it changes the ground
    for name in field_names(old):
        if name in ("estimated", "measured"):
            if not (getattr(old, name) ^ getattr(new, name)) <= unseen:
                return False
        elif name not in unseen and getattr(old, name) != getattr(new, name):
            return False
    return True
