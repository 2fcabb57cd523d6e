"""3D files that people bring: read, cleaned, made light enough, and measured.

The doors: `brought(content, title=..., up=...)` makes a Model of GLB, glTF, OBJ, STL or PLY. Files may be hostile: call
it in a process with limits of its own.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import orjson
import shapely
import trimesh
from numpy.typing import NDArray
from PIL import Image
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.model import Model

Format = Literal["glb", "gltf", "obj", "stl", "ply"]
Up = Literal["y", "z"]

MOST_TRIANGLES = 2_000_000  # what is read at all
LIGHT_TRIANGLES = 20_000  # what is shown
MOST_NODES, MOST_DEPTH = 20_000, 64
FARTHEST_M = 1e6
GREY = (150, 150, 150)
_UP: Mapping[Format, Up] = {"glb": "y", "gltf": "y", "obj": "y", "stl": "z", "ply": "z"}
MOST_PIXELS_ACROSS, PIXELS_ACROSS = 8192, 512  # of a picture that is read, and that colours are taken from
MOST_SAMPLES, MOST_SAMPLES_ACROSS = 1 << 21, 12  # in all the faces of a part, and along the edge of one
_DAMAGED = "A picture of this model cannot be read; is it damaged?"
_STEP_SHARE = 1.0 / 4096.0  # of the model's size: closer points are one


class ModelRefused(ValueError):
    """A file that is no model we take; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Brought:
    """The model, and what became of the file on the way."""

    model: Model
    format: Format
    read: int
    notes: tuple[str, ...]


def brought(content: bytes, *, title: str, up: Up | None = None) -> Brought:
    """A file as a model. Raises ModelRefused, or anything at all on a file that no program could read."""
    kind = format_of(content)
    notes: list[str] = []
    if kind in ("glb", "gltf"):
        notes += _checked_gltf(_gltf_json(content, kind))
    elif kind == "obj":
        _check_obj(content)
    elif kind == "ply":
        _check_ply(content)
    mesh, colours = _loaded(content, kind)
    read = len(mesh.faces)
    if (up or _UP[kind]) == "y":
        mesh.vertices = mesh.vertices[:, [0, 2, 1]] * np.array([1.0, -1.0, 1.0])
    points, triangles, colours = _cleaned(np.asarray(mesh.vertices), np.asarray(mesh.faces), colours)
    if len(triangles) < read:
        notes.append(f"{read - len(triangles):,} faces without area or repeated were left out.")
    if len(triangles) > LIGHT_TRIANGLES:
        before = len(triangles)
        points, triangles, colours = _lightened(points, triangles, colours)
        notes.append(f"Simplified from {before:,} to {len(triangles):,} triangles.")
    footprint = _footprint(points, triangles)
    middle = np.append(shapely.get_coordinates(footprint.centroid)[0], points[:, 2].min())
    placed = np.round(points - middle, 4)
    ground = Polygon(np.round(shapely.get_coordinates(footprint.exterior) - middle[:2], 3))
    model = Model(
        title, placed.astype(np.float32), triangles.astype(np.int32), colours.astype(np.uint8),
        ground if ground.is_valid else cast("Polygon", ground.convex_hull),
    )  # fmt: skip
    return Brought(model, kind, read, tuple(notes))


def format_of(content: bytes) -> Format:
    """What kind of file this is, by what it begins with. Raises ModelRefused."""
    head = content[:512].lstrip()
    if content[:4] == b"glTF":
        return "glb"
    if head[:1] == b"{":
        return "gltf"
    if head[:3] == b"ply":
        return "ply"
    if head[:5].lower() == b"solid" or (len(content) >= 84 and len(content) == 84 + 50 * _count(content)):
        return "stl"
    lines = content[:4096].splitlines()
    if any(line.startswith((b"v ", b"o ", b"g ", b"vn ", b"mtllib ")) for line in lines):
        return "obj"
    raise ModelRefused("This is none of the files that are taken: GLB, glTF, OBJ, STL or PLY.")


def _count(content: bytes) -> int:
    return int.from_bytes(content[80:84], "little")


def _gltf_json(content: bytes, kind: Format) -> dict[str, Any]:
    text = content
    if kind == "glb":
        if len(content) < 20 or content[16:20] != b"JSON" or int.from_bytes(content[8:12], "little") != len(content):
            raise ModelRefused("This GLB is cut off or no glTF 2.0.")
        text = content[20 : 20 + int.from_bytes(content[12:16], "little")]
    try:
        root = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ModelRefused(f"This is not glTF: {error.msg}.") from None
    if not isinstance(root, dict) or not isinstance(root.get("asset"), dict):
        raise ModelRefused("This JSON is not glTF.")
    return root


def _checked_gltf(root: Mapping[str, Any]) -> list[str]:
    """What to say of a glTF that is taken. Raises ModelRefused."""
    if str(root["asset"].get("version", "")).split(".")[0] != "2":
        raise ModelRefused("Only glTF 2.0 is taken.")
    unknown = [str(each)[:60] for each in root.get("extensionsRequired", []) if each != "KHR_mesh_quantization"]
    if unknown:
        raise ModelRefused(f"This glTF needs {', '.join(unknown[:3])}; save it without compression or extensions.")
    for each in [*root.get("buffers", []), *root.get("images", [])]:
        uri = each.get("uri", "data:")
        if not isinstance(uri, str) or not uri.startswith("data:"):
            raise ModelRefused(f"This glTF fetches {str(uri)[:80]}; save everything in one file (GLB).")
    _check_nodes(root.get("nodes", []))
    for accessor in root.get("accessors", []):
        count = accessor.get("count", 0)
        if not isinstance(count, int) or not 0 <= count <= 3 * MOST_TRIANGLES:
            raise ModelRefused(f"This glTF counts to {str(count)[:20]}; {3 * MOST_TRIANGLES:,} is the most.")
    faces = [
        sum(_faces_of(root, primitive) for primitive in mesh.get("primitives", [])) for mesh in root.get("meshes", [])
    ]
    placed = [node["mesh"] for node in root.get("nodes", []) if "mesh" in node]
    if any(not isinstance(number, int) or not 0 <= number < len(faces) for number in placed):
        raise ModelRefused("This glTF names meshes that it does not have.")
    total = sum(faces[number] for number in placed)
    if total > MOST_TRIANGLES:
        raise ModelRefused(f"This model has {total:,} triangles; {MOST_TRIANGLES:,} is the most.")
    return ["Of its pictures each face has the mean colour."] if root.get("images") else []


def _faces_of(root: Mapping[str, Any], primitive: Mapping[str, Any]) -> int:
    number = primitive.get("indices", primitive.get("attributes", {}).get("POSITION"))
    accessors: Sequence[Mapping[str, Any]] = root.get("accessors", [])
    if not isinstance(number, int) or not 0 <= number < len(accessors):
        raise ModelRefused("This glTF names numbers that it does not have.")
    return int(accessors[number].get("count", 0)) // 3


def _check_nodes(nodes: Sequence[Mapping[str, Any]]) -> None:
    """Raise ModelRefused where nodes hold each other, have two parents, or are too many."""
    if len(nodes) > MOST_NODES:
        raise ModelRefused(f"This glTF has {len(nodes):,} nodes; {MOST_NODES:,} is the most.")
    parents: dict[int, int] = {}
    for number, node in enumerate(nodes):
        for child in node.get("children", []):
            if not isinstance(child, int) or not 0 <= child < len(nodes):
                raise ModelRefused("This glTF names nodes that it does not have.")
            if child in parents or child == number:
                raise ModelRefused("The nodes of this glTF go in a loop.")
            parents[child] = number
    for number in range(len(nodes)):
        here, depth = number, 0
        while here in parents:
            here, depth = parents[here], depth + 1
            if depth > MOST_DEPTH:
                raise ModelRefused("The nodes of this glTF go in a loop, or too deep.")


def _check_obj(content: bytes) -> None:
    faces = content.count(b"\nf ")
    if faces > MOST_TRIANGLES:
        raise ModelRefused(f"This model has {faces:,} faces; {MOST_TRIANGLES:,} is the most.")


def _check_ply(content: bytes) -> None:
    head = content[: content.find(b"end_header") if b"end_header" in content[:20_000] else 20_000]
    for line in head.splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == b"element" and words[2].isdigit() and int(words[2]) > 3 * MOST_TRIANGLES:
            raise ModelRefused(f"This model has {int(words[2]):,} {words[1].decode('latin-1')[:20]} entries: too many.")


Parts = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint8]]


def _loaded(content: bytes, kind: Format) -> tuple[trimesh.Trimesh, NDArray[np.uint8]]:
    try:
        scene = trimesh.load_scene(
            io.BytesIO(content), file_type=kind, resolver=None, process=False, maintain_order=True
        )
        parts = [each for each in scene.dump() if isinstance(each, trimesh.Trimesh) and len(each.faces)]
    except OSError:  # there are no files here but pictures
        raise ModelRefused(_DAMAGED) from None
    if not parts:
        raise ModelRefused("There are no faces in this file.")
    if sum(len(part.faces) for part in parts) > MOST_TRIANGLES:
        raise ModelRefused(f"This model has more than {MOST_TRIANGLES:,} triangles.")
    painted = [_painted(part, kind) for part in parts]
    start = np.cumsum([0, *(len(points) for points, _, _ in painted)])
    points = np.concatenate([each for each, _, _ in painted])
    faces = np.concatenate([each + at for (_, each, _), at in zip(painted, start, strict=False)])
    colours = np.concatenate([each for _, _, each in painted])
    if not np.isfinite(points).all() or np.abs(points).max() > FARTHEST_M:
        raise ModelRefused("This model has coordinates that are no numbers, or lie thousands of kilometres off.")
    if faces.min() < 0 or faces.max() >= len(points):
        raise ModelRefused("This model has faces between points that it does not have.")
    return trimesh.Trimesh(points, faces, process=False), colours


def _painted(part: trimesh.Trimesh, kind: Format) -> Parts:
    """Points, faces and linear colours of the points: their own, or of the material, or of its picture.

    A picture gives every face the mean of what it shows there. Numbers in glTF are linear (glTF 2.0, 3.7.2.1 and
    3.9.2), pictures and the colours of other formats sRGB.
    """
    points, faces = np.asarray(part.vertices, dtype=np.float64), np.asarray(part.faces, dtype=np.int64)
    visual: Any = part.visual  # one of several classes, by what the file says
    linear = (lambda given: given / 255.0) if kind in ("glb", "gltf") else _linear
    if visual.kind == "vertex":
        return points, faces, _bytes(linear(np.asarray(visual.vertex_colors)[:, :3].astype(np.float64)))
    if visual.kind == "face":
        each = _bytes(linear(np.asarray(visual.face_colors)[:, :3].astype(np.float64)))
        return _face_by_face(points, faces, each)
    material = getattr(visual, "material", None)
    main = getattr(material, "main_color", None)
    plain = _linear(np.array(GREY, dtype=np.float64)) if main is None else linear(np.array(main[:3], dtype=np.float64))
    picture = _picture(material)
    uv = getattr(visual, "uv", None)
    if picture is None or uv is None or len(uv) != len(points):
        return points, faces, np.tile(_bytes(plain), (len(points), 1))
    tint = np.ones(3) if getattr(material, "baseColorFactor", None) is None else plain
    return _face_by_face(points, faces, _bytes(tint * _means(picture, np.asarray(uv, dtype=np.float64)[faces])))


def _face_by_face(points: NDArray[np.float64], faces: NDArray[np.int64], each: NDArray[np.uint8]) -> Parts:
    """Every face with points of its own, so that it has one colour."""
    return points[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3), np.repeat(each, 3, axis=0)


def _linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of light, 0 to 1, of sRGB values of 0 to 255 (IEC 61966-2-1)."""
    share = srgb / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _bytes(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)


def _picture(material: object) -> NDArray[np.uint8] | None:
    """The picture of a material's base colour as (height, width, 4) sRGB and opacity, made small; None without one.

    Raises ModelRefused where it is too large.
    """
    found = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if not isinstance(found, Image.Image):
        return None
    width, height = found.size
    if max(width, height) > MOST_PIXELS_ACROSS:
        raise ModelRefused(f"A picture of this model is {width} by {height}; {MOST_PIXELS_ACROSS} is the most across.")
    try:
        found.thumbnail((PIXELS_ACROSS, PIXELS_ACROSS))
        return np.asarray(found.convert("RGBA"))
    except (OSError, ValueError, SyntaxError):  # what Pillow raises on damaged pictures
        raise ModelRefused(_DAMAGED) from None


def _means(picture: NDArray[np.uint8], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean linear colours of a picture within triangles `corners` (n, 3, 2), shape (n, 3).

    Coordinates count from the lower left corner, as trimesh has them; beyond 0 to 1 the picture repeats. What is
    transparent counts for nothing.
    """
    height, width = picture.shape[:2]
    if not np.isfinite(corners).all():
        raise ModelRefused("This model has places in its picture that are no numbers.")
    across = int(np.clip(math.sqrt(2.0 * MOST_SAMPLES / len(corners)), 1, MOST_SAMPLES_ACROSS))
    light, weight = np.zeros((len(corners), 3)), np.zeros((len(corners), 1))
    for row in range(across):
        for column in range(across - row):
            b, c = (row + 1.0 / 3.0) / across, (column + 1.0 / 3.0) / across
            at = corners[:, 0] * (1.0 - b - c) + corners[:, 1] * b + corners[:, 2] * c
            x = (at[:, 0] % 1.0 * width).astype(np.int64) % width
            y = ((1.0 - at[:, 1]) % 1.0 * height).astype(np.int64) % height
            seen = picture[y, x].astype(np.float64)
            opacity = seen[:, 3:] / 255.0 + 1e-6
            light += _linear(seen[:, :3]) * opacity
            weight += opacity
    return light / weight


def _cleaned(points: NDArray[np.float64], faces: NDArray[np.int64], colours: NDArray[np.uint8]) -> Parts:
    """Without repeated points and faces, faces without area, and points that no face has. Raises ModelRefused."""
    size = float(np.ptp(points[faces.ravel()], axis=0).max())
    if size <= 0.0:
        raise ModelRefused("This model has no extent.")
    return _snapped(points, faces, colours, size * _STEP_SHARE / 16.0)


def _snapped(points: NDArray[np.float64], faces: NDArray[np.int64], colours: NDArray[np.uint8], step: float) -> Parts:
    """Points within the same cube of a lattice made one, in their middle; colours tell points apart."""
    cell = np.floor(points / step + 0.5).astype(np.int64)
    key = np.column_stack([cell, (colours >> 5).astype(np.int64)])
    _, place = np.unique(key, axis=0, return_inverse=True)
    place = place.ravel()
    count = np.bincount(place).astype(np.float64)
    merged = np.column_stack([np.bincount(place, points[:, k]) / count for k in range(3)])
    paint = np.column_stack([np.bincount(place, colours[:, k]) / count for k in range(3)])
    faces = place[faces]
    a, b, c = (merged[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    faces = faces[(area > 1e-12) & (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2])]
    if not len(faces):
        raise ModelRefused("There are no faces with an area in this file.")
    first = faces.argmin(axis=1)
    turned = np.stack([faces[np.arange(len(faces)), (first + k) % 3] for k in range(3)], axis=1)
    turned = np.unique(turned, axis=0)
    used, again = np.unique(turned, return_inverse=True)
    return merged[used], again.reshape(-1, 3).astype(np.int64), np.rint(paint[used]).astype(np.uint8)


def _lightened(points: NDArray[np.float64], faces: NDArray[np.int64], colours: NDArray[np.uint8]) -> Parts:
    """The finest lattice on which the model has no more than LIGHT_TRIANGLES."""
    size = float(np.ptp(points, axis=0).max())
    fine, coarse = size * _STEP_SHARE / 16.0, size / 8.0
    best = _snapped(points, faces, colours, coarse)
    while coarse / fine > 1.15:
        step = math.sqrt(fine * coarse)
        tried = _snapped(points, faces, colours, step)
        if len(tried[1]) > LIGHT_TRIANGLES:
            fine = step
        else:
            coarse, best = step, tried
    return best


def _footprint(points: NDArray[np.float64], faces: NDArray[np.int64]) -> Polygon:
    """What the model covers seen from above, without holes; its hull where it has several parts."""
    size = float(np.ptp(points, axis=0).max())
    flat = points[:, :2]
    shadow: NDArray[np.object_] = np.asarray(
        shapely.polygons(np.concatenate([flat[faces], flat[faces][:, :1]], axis=1))
    )
    solid = shadow[shapely.area(shadow) > (1e-4 * size) ** 2]
    hull: BaseGeometry = shapely.MultiPoint(flat).convex_hull
    padded: NDArray[np.object_] = np.asarray(shapely.buffer(solid, 2e-3 * size, quad_segs=1))
    whole: BaseGeometry = shapely.union_all(padded.tolist()) if len(solid) else hull
    match whole:
        case Polygon():
            outline: BaseGeometry = Polygon(whole.exterior)
        case MultiPolygon():
            outline = hull
        case _:
            outline = hull.buffer(2e-3 * size, quad_segs=1)
    for share in (2e-3, 5e-3, 1e-2, 2e-2):
        simple = outline.simplify(share * size)
        if isinstance(simple, Polygon) and simple.is_valid and len(simple.exterior.coords) <= 400:
            return simple
    return cast("Polygon", hull.buffer(2e-3 * size, quad_segs=1).convex_hull)
