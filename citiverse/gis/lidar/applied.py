"""What point clouds measured, put into a city: it goes before tags and estimates unless the recipe says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree
from shapely import Point

from citiverse.city.change import Bounds
from citiverse.city.feature import Building, Feature, Tree, basis_of
from citiverse.city.frame import Frame
from citiverse.gis.ground.surface import Ground
from citiverse.gis.lidar.cloud import Cloud
from citiverse.gis.lidar.survey import Measured, survey
from citiverse.gis.lidar.trees import Crown
from citiverse.gis.osm.heights import storey_m
from citiverse.gis.report import Tally
from citiverse.gis.unite import BASES, Part, rank

SAME_TREE_M = 3.0


@dataclass(frozen=True, slots=True)
class Rivals:
    """Who else tells of a city: the parts by their source, the source of single fields, and what the recipe prefers."""

    parts: Mapping[str, Part]
    told: Mapping[tuple[str, str], str]
    prefer: Mapping[str, Sequence[str]]


def surveyed(
    clouds: Sequence[Cloud], features: dict[str, Feature], rivals: Rivals, frame: Frame, bounds: Bounds, tally: Tally
) -> tuple[Ground, ...]:
    """Put heights, roofs and trees that clouds measure into `features`; the answer is the ground that they saw."""
    buildings = [each for each in features.values() if isinstance(each, Building)]
    found = survey(clouds, buildings, frame, bounds)
    if found.ground is None:
        for cloud in clouds:
            tally.skipped("terrain", cloud.path.name, "it has no ground inside the scene")
        return ()
    names = ("lidar", *(each.source for each in clouds), *(each.path.name for each in clouds))
    for building in buildings:
        if building.id in found.buildings:
            features[building.id] = _measured(building, found.buildings[building.id], names, rivals, tally)
    for id in found.unclear:
        tally.note("building", "built", id, "too few points on its roof to measure it by LiDAR")
    for crown in _known_trees(found.crowns, features, tally):
        tree = _tree(crown, clouds[0].source, frame)
        features[tree.id] = tree
        tally.built("tree")
    return (found.ground,)


def _measured(building: Building, measured: Measured, names: Sequence[str], rivals: Rivals, tally: Tally) -> Building:
    made = building
    if measured.height_m > building.min_height_m and _wins("building.height", building, names, rivals):
        made = _known(replace(made, height_m=measured.height_m), "height_m")
        tally.note("building", "built", building.id, "height from lidar")
    if _wins("building.roof", building, names, rivals):
        seen = measured.roof
        roof = replace(made.roof, shape=seen.shape, height_m=seen.height_m, direction_deg=seen.direction_deg)
        made = _known(replace(made, roof=replace(roof, orientation="along")), "roof")
        tally.note("building", "built", building.id, "roof from lidar")
    room_m = round(made.height_m - made.min_height_m, 2)
    if made.roof.height_m > room_m:
        made = replace(made, roof=replace(made.roof, height_m=room_m))
    return _with_storeys(made) if made.height_m != building.height_m and "levels" in made.estimated else made


def _with_storeys(building: Building) -> Building:
    """Storeys were guessed: guess again now that the height is known."""
    full_m = building.height_m - building.min_height_m - building.roof.height_m
    return replace(building, levels=max(1.0, float(round(full_m / storey_m(building.use)))))


def _known(building: Building, field: str) -> Building:
    return replace(building, measured=building.measured | {field}, estimated=building.estimated - {field})


_FIELDS = {"building.height": "height_m", "building.roof": "roof"}


def _wins(name: str, building: Building, names: Sequence[str], rivals: Rivals) -> bool:
    """Whether what was measured goes before what is known so far.

    Where the recipe prefers neither, a height that was measured stays if the roof was too; that of a mere block goes.
    """
    field, wanted = _FIELDS[name], rivals.prefer.get(name, ())
    rival = rivals.parts[rivals.told.get((building.id, field), building.source)]
    basis = basis_of(building, field)
    block = field == "height_m" and "roof" not in building.measured
    theirs = (basis == "estimated", rank(rival.names, wanted), BASES.index(basis), block)
    return (False, rank(names, wanted), BASES.index("measured"), False) < theirs


def _known_trees(found: Sequence[Crown], features: dict[str, Feature], tally: Tally) -> list[Crown]:
    """Crowns that no tree of another source stands under; those that have one give it their height."""
    trees = [each for each in features.values() if isinstance(each, Tree)]
    if not trees or not found:
        return list(found)
    places = np.array([(crown.x, crown.y) for crown in found])
    distance, nearest = cKDTree(places).query(np.array([(tree.geometry.x, tree.geometry.y) for tree in trees]))
    taken = set()
    for tree, apart_m, at in zip(trees, np.asarray(distance).tolist(), np.asarray(nearest).tolist(), strict=True):
        crown = found[at]
        if apart_m > max(SAME_TREE_M, crown.crown_m / 2):
            continue
        taken.add(at)
        values = {"height_m": crown.height_m, "crown_m": crown.crown_m}
        guessed = {name: value for name, value in values.items() if name in tree.estimated}
        if guessed:
            features[tree.id] = replace(
                tree, **guessed, measured=tree.measured.union(guessed), estimated=tree.estimated.difference(guessed)
            )
            tally.note("tree", "built", tree.id, "height or crown from lidar")
    return [crown for at, crown in enumerate(found) if at not in taken]


def _tree(crown: Crown, source: str, frame: Frame) -> Tree:
    east, north = crown.x + frame.origin[0], crown.y + frame.origin[1]
    return Tree(
        id=f"lidar:tree.{east:.0f}.{north:.0f}",
        source=source,
        geometry=Point(round(crown.x, 3), round(crown.y, 3)),
        height_m=crown.height_m,
        crown_m=crown.crown_m,
        measured=frozenset({"height_m", "crown_m", "geometry"}),
    )
