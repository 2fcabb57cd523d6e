"""From an OpenStreetMap file to the features of a scene."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from citiverse.city.feature import Feature
from citiverse.gis.osm.areas import green_areas, paving
from citiverse.gis.osm.buildings import buildings
from citiverse.gis.osm.elements import Elements, placed, read_elements
from citiverse.gis.osm.lines import barriers, rails
from citiverse.gis.osm.points import furniture, places, stops, trees
from citiverse.gis.osm.roads import roads
from citiverse.gis.osm.water import water
from citiverse.gis.site import Site

READERS: tuple[tuple[str, Callable[[Elements, Site], Sequence[Feature]]], ...] = (
    ("Reading buildings", buildings),
    ("Reading water", water),
    ("Reading green", green_areas),
    ("Reading paved ground", paving),
    ("Reading tracks", rails),
    ("Reading roads", roads),
    ("Reading barriers", barriers),
    ("Reading trees", trees),
    ("Reading stops", stops),
    ("Reading furniture", furniture),
    ("Reading places", places),
)


def read_osm(path: Path, site: Site) -> list[Feature]:
    """Features of a file in the scene's metres. Raises ImportRefused when the file is damaged.

    An element that is two things at once, say a park and its fence, is two features: the second has its kind in its
    id ("osm:w42.barrier").
    """
    elements = placed(read_elements(path, site.cut, site.progress), site.to_local)
    found: dict[str, Feature] = {}
    for step, (words, reader) in enumerate(READERS):
        site.progress(words, 0.5 + 0.5 * step / len(READERS))
        for feature in reader(elements, site):
            id = feature.id if feature.id not in found else f"{feature.id}.{feature.kind}"
            found[id] = feature if id == feature.id else replace(feature, id=id)
    return list(found.values())
