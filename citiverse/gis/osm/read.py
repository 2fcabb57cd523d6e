"""From an OpenStreetMap file to the features of a scene."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from citiverse.city.facts import Facts
from citiverse.city.feature import Feature
from citiverse.gis.osm.areas import green_areas, paving
from citiverse.gis.osm.buildings import buildings
from citiverse.gis.osm.country import country_of, with_country
from citiverse.gis.osm.elements import Elements, read_elements, relations_near
from citiverse.gis.osm.lines import barriers, rails
from citiverse.gis.osm.points import furniture, places, stops, trees
from citiverse.gis.osm.roads import roads
from citiverse.gis.osm.routes import bus_routes
from citiverse.gis.osm.turns import turns
from citiverse.gis.osm.water import water
from citiverse.gis.shapes import GRID_M
from citiverse.gis.site import Reading, Site

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


def read_osm(path: Path, site: Site) -> Reading:
    """Features of a file in the scene's metres, and the country. Raises ImportRefused when the file is damaged.

    An element that is two things at once, say a park and its fence, is two features: the second has its kind in its
    id ("osm:w42.barrier").
    """
    elements = relations_near(read_elements(path, site.cut, site.progress, site.to_local), site.bounds)
    defaults = with_country(site.defaults, country_of(elements))
    site = replace(site, defaults=defaults)
    found: dict[str, Feature] = {}
    for step, (words, reader) in enumerate(READERS):
        site.progress(words, 0.5 + 0.5 * step / len(READERS))
        for feature in reader(elements, site):
            id = feature.id if feature.id not in found else f"{feature.id}.{feature.kind}"
            found[id] = feature if id == feature.id else replace(feature, id=id)
    facts = Facts(turns=turns(elements), routes=bus_routes(elements))
    return Reading(snapped(list(found.values())), defaults, "EPSG:4326", facts=facts)


def snapped(features: list[Feature]) -> list[Feature]:
    """The same with all vertices on whole millimetres; cutting and repairing leave some between."""
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    between = np.unique(owner[(np.abs(points - np.round(points, 3)) > 1e-9).any(axis=1)])
    # Without memory of the lattice, as a feature that is read back from a file has none.
    on_lattice = shapely.set_precision(shapely.set_precision(shapes[between], GRID_M), 0.0)
    for at, shape in zip(between.tolist(), on_lattice, strict=True):
        if not shape.is_empty and shape.geom_type.removeprefix("Multi") == shapes[at].geom_type.removeprefix("Multi"):
            features[at] = replace(features[at], geometry=shape)
    return features
