"""A city as one glTF that any program opens."""

import io

import numpy as np
import pytest
import trimesh
from pygltflib import GLTF2

from citiverse.city.city import city_of
from citiverse.city.feature import Building
from citiverse.scene.whole import city_glb
from tests.scene.town import town


def test_a_city_is_one_plain_gltf_with_its_credits() -> None:
    city = town()
    content = city_glb(city)
    file = GLTF2.load_from_bytes(content)
    assert file.asset.version == "2.0"
    assert not file.extensionsUsed
    assert not file.extensionsRequired
    assert {mesh.name for mesh in file.meshes} >= {"buildings", "ground"}
    assert file.scenes[0].extras["epsg"] == city.frame.epsg
    opened = trimesh.load(io.BytesIO(content), file_type="glb")
    low, high = opened.bounds
    tallest = max(house.height_m for house in city.all(Building))
    assert high[1] == pytest.approx(tallest + low[1], abs=tallest)
    west, south, east, north = city.bounds
    reach = np.array([low[0] - west, east - high[0], -high[2] - south, north + low[2]])
    assert (reach > -300.0).all()


def test_a_city_without_anything_is_a_gltf_too() -> None:
    city = city_of([], name="none", frame=town().frame, bounds=(0.0, 0.0, 10.0, 10.0))
    assert GLTF2.load_from_bytes(city_glb(city)).asset.version == "2.0"
