"""Surfaces as they stand in GML: polygons in groups, some of them only named by their id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Span = range  # numbers of the vertices of a ring, without the last one, which is the first again


@dataclass(slots=True)
class Patch:
    """A polygon: its rings, the outer one first, and the meaning of the surface that it stands in, or ""."""

    meaning: str
    rings: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """Surfaces one below another; a text is the id of a patch or group that stands elsewhere."""

    members: "list[Patch | Group | str]" = field(default_factory=list)
    points: list[int] = field(default_factory=list)


Surface = Patch | Group


def patches(group: Group, by_id: Mapping[str, Surface]) -> tuple[list[Patch], list[str]]:
    """All polygons of a group, each once, and the ids that it names in vain."""
    found: dict[int, Patch] = {}
    lost: list[str] = []
    for patch in _walk(group, by_id, lost):
        found.setdefault(id(patch), patch)
    return [patch for patch in found.values() if patch.rings], lost


def _walk(group: Group, by_id: Mapping[str, Surface], lost: list[str]) -> Iterator[Patch]:
    seen: set[int] = set()  # groups that name each other in a circle are gone through once
    waiting: list[Surface | str] = [group]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            named = by_id.get(each)
            if named is None:
                lost.append(each)
                continue
            each = named
        if isinstance(each, Patch):
            yield each
        elif id(each) not in seen:
            seen.add(id(each))
            waiting += reversed(each.members)


def as_cityjson(found: Sequence[Patch], lod: float) -> Mapping[str, object]:
    """Polygons as a geometry of CityJSON."""
    names = list(dict.fromkeys(patch.meaning for patch in found if patch.meaning))
    number = {name: at for at, name in enumerate(names)}
    return {
        "type": "MultiSurface",
        "lod": lod,
        "boundaries": [patch.rings for patch in found],
        "semantics": {
            "surfaces": [{"type": name} for name in names],
            "values": [number.get(patch.meaning) for patch in found],
        },
    }
