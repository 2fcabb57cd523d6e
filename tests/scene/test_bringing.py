"""3D files become models of the right size and colour, and hostile ones are refused."""

import base64
import json
import struct

import numpy as np
import pytest
import trimesh
from PIL import Image

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
        red = 188 if kind in ("glb", "gltf") else 129  # linear of sRGB 188; in glTF colours are linear
        assert np.abs(model.colours.astype(int) - [red, 0, 0]).max() <= 1
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


def poster(picture: Image.Image, *, tint: tuple[int, int, int, int] = (255, 255, 255, 255)) -> bytes:
    """Two squares side by side, y up; the left shows the left half of the picture, the right the right."""
    corners = [(0, 0), (4, 0), (4, 4), (0, 4), (4, 0), (8, 0), (8, 4), (4, 4)]
    uv = [(x / 8, y / 4) for x, y in corners]
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture, baseColorFactor=tint)  # type: ignore[no-untyped-call]
    visual = trimesh.visual.TextureVisuals(uv=uv, material=material)  # type: ignore[no-untyped-call]
    points = [(x, y, 0) for x, y in corners]
    mesh = trimesh.Trimesh(points, [(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)], visual=visual, process=False)
    return bytes(trimesh.Scene(mesh).export(file_type="glb"))  # type: ignore[no-untyped-call]


def halves(size: int = 64) -> Image.Image:
    """White on the left; on the right red above and blue below."""
    picture = Image.new("RGB", (size, size), (255, 255, 255))
    picture.paste((188, 0, 0), (size // 2, 0, size, size // 2))
    picture.paste((0, 0, 188), (size // 2, size // 2, size, size))
    return picture


def colours_at(content: bytes) -> dict[str, list[list[int]]]:
    """Colours of the faces on the left and on the right of the poster."""
    found = brought(content, title="Poster")
    assert found.notes == ("Of its pictures each face has the mean colour.",)
    model = found.model
    faces = model.points[model.triangles]
    mean = model.colours[model.triangles].mean(axis=1)
    left = faces[:, :, 0].mean(axis=1) < 0.0
    return {"left": mean[left].round().astype(int).tolist(), "right": mean[~left].round().astype(int).tolist()}


def test_a_face_has_the_mean_colour_of_what_its_picture_shows_there() -> None:
    seen = colours_at(poster(halves()))
    assert seen["left"] == [[255, 255, 255]] * 2
    for red, green, blue in seen["right"]:
        assert green == 0
        assert red + blue == pytest.approx(129, abs=4)  # linear of sRGB 188: mean of light, not of bytes
        assert 20 < red < 110


def test_a_picture_is_tinted_and_what_is_transparent_in_it_counts_for_nothing() -> None:
    dark = colours_at(poster(halves(), tint=(128, 255, 255, 255)))
    assert dark["left"] == [[128, 255, 255]] * 2
    clear = halves().convert("RGBA")
    clear.paste((0, 255, 0, 0), (0, 0, 32, 40))
    assert colours_at(poster(clear))["left"] == [[255, 255, 255]] * 2


@pytest.mark.parametrize("size", [(8193, 2), (2, 20_000)])
def test_a_picture_that_is_too_large_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ModelRefused, match="8192 is the most across"):
        brought(poster(Image.new("1", size)), title="Poster")


def test_a_picture_that_is_damaged_is_refused() -> None:
    content = bytearray(poster(halves(512).rotate(3)))
    at = content.index(b"IDAT")
    content[at + 20 : at + 400] = bytes(380)
    with pytest.raises(ModelRefused, match="damaged"):
        brought(bytes(content), title="Poster")
