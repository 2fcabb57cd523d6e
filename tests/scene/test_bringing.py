"""3D files become models of the right size and colour, and hostile ones are refused."""

import base64
import json
import struct

import numpy as np
import pytest
import trimesh

from citiverse.city.model import ModelBroken, model_of
from citiverse.scene.bringing import ModelRefused, brought


def hut(width: float = 8.0, depth: float = 4.0, height: float = 5.0) -> trimesh.Trimesh:
    """A box, y up, with its foot at 0; dark red."""
    box: trimesh.Trimesh = trimesh.creation.box((width, height, depth))
    box.apply_translation((20.0, height / 2, -7.0))
    box.visual = trimesh.visual.ColorVisuals(box, vertex_colors=[188, 0, 0, 255])
    return box


def files() -> dict[str, bytes]:
    """The hut in every format; those with z up stand on their z."""
    up = hut()
    lying = hut()
    lying.vertices = np.column_stack([up.vertices[:, 0], -up.vertices[:, 2], up.vertices[:, 1]])
    gltf = trimesh.Scene(up).export(file_type="gltf")  # type: ignore[no-untyped-call]
    root = json.loads(gltf["model.gltf"])
    for buffer in root["buffers"]:
        content = gltf[buffer["uri"]]
        buffer["uri"] = "data:application/octet-stream;base64," + base64.b64encode(content).decode()
    found = {
        "glb": trimesh.Scene(up).export(file_type="glb"),  # type: ignore[no-untyped-call]
        "gltf": json.dumps(root).encode(),
        "obj": up.export(file_type="obj"),
        "stl": lying.export(file_type="stl"),
        "ply": lying.export(file_type="ply"),
    }
    return {kind: each.encode() if isinstance(each, str) else bytes(each) for kind, each in found.items()}


FILES = files()


@pytest.mark.parametrize("kind", sorted(FILES))
def test_each_format_gives_the_size_and_colour_of_the_thing(kind: str) -> None:
    found = brought(FILES[kind], title="Hut")
    model = found.model
    assert (found.format, len(model.triangles)) == (kind, 12)
    assert model.height_m == pytest.approx(5.0, abs=0.01)
    assert model.points[:, 2].min() == 0.0
    west, south, east, north = model.footprint.bounds
    assert (east - west, north - south) == pytest.approx((8.0, 4.0), abs=0.1)
    assert model.footprint.centroid.distance(model.footprint.representative_point()) < 0.1
    solid = trimesh.Trimesh(model.points, model.triangles, process=False)
    assert solid.volume == pytest.approx(160.0, rel=1e-3)  # positive: faces look outwards
    if kind != "stl":
        assert np.abs(model.colours.astype(int) - [129, 0, 0]).max() <= 1  # linear of sRGB 188
    assert brought(FILES[kind], title="Hut").model == model
    assert brought(FILES[kind], title="House").model != model


def test_a_model_comes_back_from_its_bytes() -> None:
    model = brought(FILES["obj"], title="Hütte").model
    again = model_of(model.content)
    assert again == model
    assert again.title == "Hütte"
    assert again.footprint.equals(model.footprint)
    for broken in (b"", b"CVM1", model.content[:50], b"x" + model.content[1:]):
        with pytest.raises(ModelBroken):
            model_of(broken)


def test_the_axis_that_points_up_can_be_told() -> None:
    assert brought(FILES["obj"], title="", up="z").model.height_m == pytest.approx(4.0, abs=0.01)


def gltf(**more: object) -> bytes:
    return json.dumps({**json.loads(FILES["gltf"]), **more}).encode()


def stl(count: int) -> bytes:
    return bytes(80) + struct.pack("<I", count)


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b" ", "none of the files"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "none of the files"),
    "half a GLB": (FILES["glb"][:400], "cut off"),
    "a link to another file": (gltf(buffers=[{"uri": "http://example.org/a.bin", "byteLength": 10}]), "example.org"),
    "a link to a file here": (gltf(images=[{"uri": "file:///etc/passwd"}]), "etc/passwd"),
    "a loop": (gltf(nodes=[{"children": [1]}, {"children": [0]}]), "loop"),
    "itself": (gltf(nodes=[{"children": [0], "mesh": 0}]), "loop"),
    "a chain": (gltf(nodes=[{"children": [n + 1]} for n in range(99)] + [{"mesh": 0}]), "too deep"),
    "a node that is not there": (gltf(nodes=[{"children": [7]}]), "does not have"),
    "compression": (gltf(extensionsRequired=["KHR_draco_mesh_compression"]), "draco"),
    "numbers beyond all": (gltf(accessors=[{"count": 10**12, "componentType": 5126, "type": "VEC3"}]), "counts"),
    "an older glTF": (gltf(asset={"version": "1.0"}), "2.0"),
    "no glTF": (b'{"a": 1}', "not glTF"),
    "broken JSON": (b'{"asset": ', "not glTF"),
    "an STL that is cut off": (stl(9_000_000), "none of the files"),
    "too many points": (b"ply\nformat ascii 1.0\nelement vertex 900000000\nend_header\n", "too many"),
    "a PLY without faces": (b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n", ""),
    "points that are no numbers": (b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", ""),
    "no area": (b"v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "no extent"),
    "no faces": (b"v 0 0 0\nv 1 0 0\n", ""),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_is_no_model_is_refused_in_a_sentence(what: str) -> None:
    content, says = BAD[what]
    with pytest.raises(ModelRefused) as refused:
        brought(content, title="")
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_heavy_model_is_simplified_and_keeps_its_size() -> None:
    ball = trimesh.creation.icosphere(subdivisions=6, radius=10.0)
    found = brought(ball.export(file_type="stl"), title="Ball")
    assert found.read == 81_920
    assert 5_000 < len(found.model.triangles) <= 20_000
    assert found.model.height_m == pytest.approx(20.0, rel=0.02)
    assert found.model.footprint.area == pytest.approx(np.pi * 100, rel=0.03)
    assert any("Simplified" in note for note in found.notes)


def test_ten_million_triangles_are_refused_before_they_are_read() -> None:
    root = json.loads(FILES["gltf"])
    index = root["meshes"][0]["primitives"][0]["indices"]
    root["nodes"] = [{"mesh": 0} for _ in range(100_000)]
    with pytest.raises(ModelRefused, match="nodes"):
        brought(json.dumps(root).encode(), title="")
    root["nodes"] = [{"mesh": 0} for _ in range(19_000)]
    root["accessors"][index]["count"] = 1599
    with pytest.raises(ModelRefused, match="10,127,000 triangles"):
        brought(json.dumps(root).encode(), title="")
