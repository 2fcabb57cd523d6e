"""Several sources, one city: a building that two of them hold stands once, with the best that is known of it.

The outline is that of the source that [prefer] names first for "building.footprint", else of the first in the recipe.
Each other attribute comes from the source that [prefer] names first for it, among those that know it; else a measured
value goes before a tagged one, and that before an estimate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

from citiverse.city.feature import Basis, Building, Feature, basis_of
from citiverse.gis.refused import ImportRefused
from citiverse.gis.report import Tally

SAME = 0.5  # share of a footprint on another from which on both are the same building
FOOTPRINT = "building.footprint"
ATTRIBUTES: Mapping[str, str] = {  # name in the recipe and the report -> field
    "building.height": "height_m", "building.levels": "levels", "building.use": "use", "building.roof": "roof",
    "building.homes": "homes", "building.year": "year", "building.name": "name", "building.address": "address",
}  # fmt: skip
_OF_THE_WHOLE = frozenset({"homes", "name", "address"})  # not to be had twice where two buildings stand for one
BASES: tuple[Basis, ...] = ("measured", "tagged", "estimated")


@dataclass(frozen=True, slots=True)
class Part:
    """What one source gave; `names` are those that [prefer] may call it by."""

    names: tuple[str, ...]
    features: Sequence[Feature]


def united(
    parts: Sequence[Part], prefer: Mapping[str, Sequence[str]], tally: Tally, told: dict[tuple[str, str], str]
) -> dict[str, Feature]:
    """The features of all sources by id, in their order. Raises ImportRefused on a preference that is none.

    `told` is filled with the source of each field, by id and name, that is not that of its feature.
    """
    unknown = [name for name in prefer if name != FOOTPRINT and name not in ATTRIBUTES]
    if unknown:
        known = ", ".join((FOOTPRINT, *ATTRIBUTES))
        raise ImportRefused(f"[prefer] {unknown[0]} is not known here; known are {known}.")
    features: dict[str, Feature] = {}
    for part in parts:
        for feature in part.features:
            if feature.id in features:
                _dropped(feature, "another file holds it too, under the same id", tally)
            else:
                features[feature.id] = feature
    if sum(any(isinstance(each, Building) for each in part.features) for part in parts) < 2:
        return features
    twins = _twins(parts, prefer, tally)
    for same in twins.values():
        for building in same.others:
            features.pop(building.id, None)
    part_of = {each.source: part for part in parts for each in part.features}
    for same in twins.values():
        features[same.kept.id] = _best(same, part_of, prefer, tally, told)
    return features


@dataclass
class _Same:
    """A building, and what other sources hold in its place; `shares` say how much of it each of them covers."""

    kept: Building
    others: list[Building]
    shares: list[float]


def _twins(parts: Sequence[Part], prefer: Mapping[str, Sequence[str]], tally: Tally) -> dict[str, _Same]:
    order = sorted(range(len(parts)), key=lambda n: (_rank(parts[n], prefer.get(FOOTPRINT, ())), n))
    found: dict[str, _Same] = {}
    kept: list[Building] = []
    for n in order:
        buildings = [each for each in parts[n].features if isinstance(each, Building)]
        left = _left(buildings, kept, parts[n], found, tally) if kept else buildings
        kept += left
    return found


def _left(
    buildings: Sequence[Building], kept: Sequence[Building], part: Part, found: dict[str, _Same], tally: Tally
) -> list[Building]:
    """Those of a source's buildings that no other holds; the others are added to `found`."""
    tree = STRtree([each.geometry for each in kept])
    ids = {each.id for each in kept}
    left = []
    for building in buildings:
        if building.id in ids:
            continue
        near = [kept[n] for n in tree.query(building.geometry, predicate="intersects")]
        shapes = np.array([each.geometry for each in near], dtype=object)
        common = shapely.area(shapely.intersection(shapes, building.geometry)) if near else np.zeros(0)
        if common.sum() <= SAME * building.geometry.area or not _covered(building, shapes):
            left.append(building)
            continue
        _dropped(building, "another source holds the same building", tally)
        most = int(common.argmax())
        for at, (each, area) in enumerate(zip(near, common.tolist(), strict=True)):
            if at == most or area > SAME * each.geometry.area:
                same = found.setdefault(each.id, _Same(each, [], []))
                same.others.append(building)
                same.shares.append(area / each.geometry.area)
    return left


def _covered(building: Building, shapes: "np.ndarray[Any, np.dtype[np.object_]]") -> bool:
    """Whether shapes cover most of a building, counting what lies over each other once."""
    together = shapely.union_all(shapes)
    return bool(shapely.intersection(together, building.geometry).area > SAME * building.geometry.area)


def _best(
    same: _Same,
    part_of: Mapping[str, Part],
    prefer: Mapping[str, Sequence[str]],
    tally: Tally,
    told: dict[tuple[str, str], str],
) -> Building:
    """A building with each attribute from the source that knows it best."""
    candidates = [same.kept] + [each for each, share in zip(same.others, same.shares, strict=True) if share > SAME]
    best = same.kept
    for name, field in ATTRIBUTES.items():
        wanted = prefer.get(name, ())
        knowing = [each for each in candidates if _says(each, field) and _fits(each, same.kept, field)]
        if not knowing:
            continue
        winner = min(
            knowing,
            key=lambda each: (
                basis_of(each, field) == "estimated",
                _rank(part_of[each.source], wanted),
                BASES.index(basis_of(each, field)),
            ),
        )
        if winner is not same.kept:
            best = _with(best, winner, field)
            told[best.id, field] = winner.source
            tally.note("building", "built", best.id, f"{name.removeprefix('building.')} from {winner.source}")
    return best


def _says(building: Building, field: str) -> bool:
    return getattr(building, field) not in (None, "")


def _fits(other: Building, kept: Building, field: str) -> bool:
    """Whether a value of one building can be that of another: totals and names only of one as large."""
    if field == "height_m" and other.height_m <= kept.min_height_m:
        return False
    larger = other.geometry.area > 2.0 * kept.geometry.area
    return other is kept or not (larger and field in _OF_THE_WHOLE)


def _with(building: Building, other: Building, field: str) -> Building:
    """A building with one value of another, known as it is there."""
    values: dict[str, Any] = {field: getattr(other, field)}
    for basis in ("measured", "estimated"):
        known: frozenset[str] = getattr(building, basis)
        values[basis] = known | {field} if field in getattr(other, basis) else known - {field}
    made: Building = replace(building, **values)
    if made.roof.height_m > made.height_m - made.min_height_m:
        made = replace(made, roof=replace(made.roof, height_m=made.height_m - made.min_height_m))
    return made


def _rank(part: Part, wanted: Sequence[str]) -> int:
    return rank(part.names, wanted)


def rank(names: Sequence[str], wanted: Sequence[str]) -> int:
    """The place of a source of these names in a preference; that after the last where it is not named."""
    places = [wanted.index(name) for name in names if name in wanted]
    return min(places, default=len(wanted))


def _dropped(feature: Feature, reason: str, tally: Tally) -> None:
    """Count a feature that was read as skipped after all."""
    part = isinstance(feature, Building) and feature.part_of and "building_part" in tally.kinds
    kind = "building_part" if part else feature.kind
    count = tally.kinds.get(kind)
    if count is not None and count.built:
        count.built -= 1
    elif count is not None and count.repaired:
        count.repaired -= 1
    tally.skipped(kind, feature.id, reason)
