"""What Khronos' validator does not check: feature ids, property tables, instances, compression, the tileset.

Each check answers with the faults it finds, in sentences; none means that all is well.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from citiverse.city.city import City
from citiverse.scene.build import Progress, Tiles, layers_at, seen_at
from citiverse.scene.cell import Cell, Square, cell_of
from citiverse.scene.glb import INSTANCE_FEATURES, INSTANCES, MESHOPT, METADATA
from citiverse.scene.reading import Array, Glb, Json, NotGlb, read_glb
from citiverse.scene.tile import encode, square_of_key
from citiverse.scene.tileset import box_above, tileset

SLACK_M = 0.02
"""How far a point may lie outside its box: quantisation and the rounding of boxes."""


def check_glb(content: bytes) -> list[str]:
    """Faults of one tile."""
    try:
        glb = read_glb(content)
        checks = (_extensions, _packed, _accessors, _indices, _schema, _property_table, _feature_ids, _instances)
        return [fault for check in checks for fault in _all(check, glb)]
    except NotGlb as error:
        return [str(error)]


def _all(check: Callable[[Glb], Iterator[str]], glb: Glb) -> list[str]:
    faults: list[str] = []
    try:
        for fault in check(glb):
            faults.append(fault)  # noqa: PERF402  what was found before a check stumbles counts
    except (KeyError, IndexError, ValueError, TypeError) as error:
        faults.append(f"The tile refers to something that is not there ({error!r}).")
    return faults


def _extensions(glb: Glb) -> Iterator[str]:
    used = set(glb.root.get("extensionsUsed", []))
    found = _names(glb.root)
    if not found <= used:
        yield f"extensionsUsed lacks {', '.join(sorted(found - used))}."
    if not set(glb.root.get("extensionsRequired", [])) <= used:
        yield "extensionsRequired names extensions that extensionsUsed does not."
    if MESHOPT in found and MESHOPT not in glb.root.get("extensionsRequired", []):
        yield "Compressed data without a plain copy must be required."


def _names(value: object) -> set[str]:
    """All extensions used anywhere in a JSON value."""
    match value:
        case dict():
            own = set(value["extensions"]) if isinstance(value.get("extensions"), dict) else set()
            return own.union(*map(_names, value.values()))
        case list():
            return set[str]().union(*map(_names, value))
        case _:
            return set()


def _packed(glb: Glb) -> Iterator[str]:
    """EXT_meshopt_compression: sizes that belong together, and a place in the buffer that the plain data would have."""
    for number, view in enumerate(glb.root["bufferViews"]):
        packed = view.get("extensions", {}).get(MESHOPT)
        if packed is None:
            continue
        if packed["count"] * packed["byteStride"] != view["byteLength"]:
            yield f"View {number} unpacks to another size than it says."
        if packed["mode"] == "TRIANGLES" and (packed["count"] % 3 or packed["byteStride"] not in (2, 4)):
            yield f"View {number} holds corners that make no triangles."
        if packed["mode"] == "ATTRIBUTES" and packed["byteStride"] % 4:
            yield f"View {number} has rows that are no multiple of 4 bytes."
        for where, whole in ((view, view["buffer"]), (packed, packed["buffer"])):
            if where.get("byteOffset", 0) + where["byteLength"] > glb.root["buffers"][whole]["byteLength"]:
                yield f"View {number} reaches past the end of its buffer."


def _accessors(glb: Glb) -> Iterator[str]:
    for number, accessor in enumerate(glb.root["accessors"]):
        values = glb.accessor(number)
        view = glb.root["bufferViews"][accessor["bufferView"]]
        if view.get("byteStride", 4) % 4 or accessor.get("byteOffset", 0) % 4:
            yield f"Accessor {number} is not aligned to 4 bytes."
        if "min" in accessor and (
            values.min(axis=0).tolist() != accessor["min"] or values.max(axis=0).tolist() != accessor["max"]
        ):
            yield f"Accessor {number} says other bounds than its values have."
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            yield f"Accessor {number} holds numbers that are not finite."


def _indices(glb: Glb) -> Iterator[str]:
    for _, primitive in glb.primitives():
        counts = {glb.root["accessors"][number]["count"] for number in primitive["attributes"].values()}
        if len(counts) != 1:
            yield "The attributes of a primitive differ in length."
        corners = glb.accessor(primitive["indices"])[:, 0]
        if len(corners) % 3:
            yield "A primitive has corners that make no triangle."
        if len(corners) and int(corners.max()) >= min(counts):
            yield "A triangle names a vertex that is not there."


_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TYPES = frozenset({"SCALAR", "STRING", "ENUM", "BOOLEAN", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"})


def _schema(glb: Glb) -> Iterator[str]:
    """EXT_structural_metadata: names, types and enumerations."""
    schema = glb.root.get("extensions", {}).get(METADATA, {}).get("schema", {"id": "none"})
    enums, classes = schema.get("enums", {}), schema.get("classes", {})
    names = [schema["id"], *enums, *classes, *(name for each in classes.values() for name in each["properties"])]
    yield from (f"{name!r} is no name that a schema may have." for name in names if not _NAME.fullmatch(name))
    for name, each in enums.items():
        words, numbers = [value["name"] for value in each["values"]], [value["value"] for value in each["values"]]
        if not words or "" in words or len(set(words)) < len(words) or len(set(numbers)) < len(numbers):
            yield f"The enumeration {name} lacks words, or has one twice."
    for name, kind in ((name, kind) for each in classes.values() for name, kind in each["properties"].items()):
        if kind["type"] not in _TYPES:
            yield f"The property {name} is of no known type."
        if kind["type"] == "ENUM" and kind.get("enumType") not in enums:
            yield f"The property {name} names an enumeration that is not there."
        if kind["type"] == "SCALAR" and "componentType" not in kind:
            yield f"The property {name} does not say what its numbers are."


def _property_table(glb: Glb) -> Iterator[str]:
    metadata = glb.root.get("extensions", {}).get(METADATA)
    if metadata is None:
        return
    for table in metadata["propertyTables"]:
        if table["count"] < 1:
            yield "The property table has no rows."
        properties = metadata["schema"]["classes"][table["class"]]["properties"]
        missing = [
            name for name, each in properties.items() if each.get("required") and name not in table["properties"]
        ]
        if missing:
            yield f"The property table lacks {', '.join(missing)}."
        if unknown := set(table["properties"]) - set(properties):
            yield f"The property table has columns that its class does not know: {', '.join(sorted(unknown))}."
        for name, where in table["properties"].items():
            yield from _column(glb, name, properties[name], where, table["count"])
    ids = glb.table().get("id", [])
    if len(set(ids)) != len(ids):
        yield "Two rows of the property table have the same id."


def _column(glb: Glb, name: str, kind: Json, where: Json, count: int) -> Iterator[str]:
    for key in ("values", "stringOffsets"):
        if key in where and glb.root["bufferViews"][where[key]].get("byteOffset", 0) % 8:
            yield f"Column {name} does not begin on a multiple of 8 bytes."
    data = glb.view(where["values"])
    if kind["type"] == "ENUM":
        if len(data) != count:
            yield f"Column {name} has {len(data)} bytes for {count} words."
        elif unknown := set(data) - set(glb.enumeration(kind["enumType"])):
            yield f"Column {name} has numbers that stand for no word: {', '.join(map(str, sorted(unknown)))}."
        return
    if kind["type"] != "STRING":
        if len(data) != 4 * count:
            yield f"Column {name} has {len(data)} bytes for {count} numbers."
        return
    offsets = glb.offsets(where)
    if len(offsets) != count + 1 or np.any(np.diff(offsets) < 0) or int(offsets[-1]) > len(data):
        yield f"Column {name} does not hold {count} words."


def _feature_ids(glb: Glb) -> Iterator[str]:
    tables = glb.root.get("extensions", {}).get(METADATA, {}).get("propertyTables", [])
    for ids, values, counted in glb.feature_ids():
        if len(values) != counted:
            yield f"{len(values)} feature ids speak for {counted} vertices or instances."
        if ids["propertyTable"] >= len(tables):
            yield "Feature ids name a property table that is not there."
            continue
        named = set(np.unique(values).tolist()) - {ids.get("nullFeatureId")}
        if len(named) != ids["featureCount"]:
            yield f"featureCount is {ids['featureCount']}, but {len(named)} features are named."
        if named and max(named) >= tables[ids["propertyTable"]]["count"]:
            yield "A feature id has no row in the property table."


_FLOAT, _BYTE, _UBYTE, _SHORT, _USHORT = 5126, 5120, 5121, 5122, 5123
_INSTANCE_KINDS = {
    "TRANSLATION": {("VEC3", _FLOAT, False)},
    "ROTATION": {("VEC4", _FLOAT, False), ("VEC4", _BYTE, True), ("VEC4", _SHORT, True)},
    "SCALE": {("VEC3", _FLOAT, False)},
}
_INSTANCE_IDS = {("SCALAR", kind, False) for kind in (_UBYTE, _USHORT, _FLOAT)}


def _instances(glb: Glb) -> Iterator[str]:
    for node, _ in glb.primitives():
        extensions = node.get("extensions", {})
        if INSTANCES not in extensions:
            if INSTANCE_FEATURES in extensions:
                yield "Instance features without instances."
            continue
        attributes = extensions[INSTANCES]["attributes"]
        for name, number in attributes.items():
            accessor = glb.root["accessors"][number]
            kind = accessor["type"], accessor["componentType"], accessor.get("normalized", False)
            if kind not in _INSTANCE_KINDS.get(name, _INSTANCE_IDS):
                yield f"The instances' {name} is of a kind that EXT_mesh_gpu_instancing does not have."
        counts = {glb.root["accessors"][number]["count"] for number in attributes.values()}
        if len(counts) != 1:
            yield "The attributes of instances differ in length."
        if "ROTATION" in attributes:
            size = np.linalg.norm(glb.values(attributes["ROTATION"]), axis=1)
            if np.any(np.abs(size - 1.0) > 1e-3):
                yield "A rotation is not of unit length."


def check_twin(packed: bytes, plain: bytes) -> list[str]:
    """Faults of a compressed tile against its twin without compression."""
    left, right = read_glb(packed), read_glb(plain)
    if len(left.root["accessors"]) != len(right.root["accessors"]):
        return ["The twins have different accessors."]
    corners = {primitive["indices"] for _, primitive in right.primitives()}
    faults: list[str] = []
    for number in range(len(right.root["accessors"])):
        a, b = left.accessor(number), right.accessor(number)
        if number in corners:  # compression may begin a triangle at another of its corners
            a, b = _from_lowest(a), _from_lowest(b)
        if not np.array_equal(a, b):
            faults.append(f"Accessor {number} differs between the twins.")
    if left.table() != right.table():
        faults.append("The property tables of the twins differ.")
    return faults


def _from_lowest(corners: Array) -> Array:
    triangles = corners.reshape(-1, 3)
    first = np.argmin(triangles, axis=1)
    result: Array = np.take_along_axis(triangles, (first[:, None] + np.arange(3)) % 3, axis=1)
    return result


def check_scene(city: City, tiles: Tiles, progress: Progress | None = None) -> list[str]:
    """Faults of all tiles of a city, of the tileset that holds them, and of each against itself drawn once more.

    Drawn again, a tile must have the same bytes, and unpack to those of its twin that was never compressed.
    """
    cells: dict[Square, Cell] = {}
    faults: list[str] = []
    for done, (key, tile) in enumerate(tiles.by_key.items(), 1):
        name, square = square_of_key(key)
        layer = next(layer for layer in layers_at(square.z) if layer.name == name)
        if square not in cells:
            cells[square] = cell_of(city, square, seen_at(square.z))
        drawing = layer.draw(cells[square])
        if encode(layer, drawing)[0] != tile.content:
            faults.append(f"{key}: Drawn again, the tile has other bytes.")
        faults += [f"{key}: {fault}" for fault in check_twin(tile.content, encode(layer, drawing, "plain")[0])]
        if progress is not None:
            progress(done, len(tiles))
    document = tileset(city, tiles, lambda tile: tile.key)
    return faults + check_tileset(document, lambda key: tiles.by_key[key].content)


def check_tileset(document: Mapping[str, Any], content: Callable[[str], bytes]) -> list[str]:
    """Faults of a tileset and of all its tiles; `content` gives the bytes behind a URI."""
    if document.get("asset", {}).get("version") != "1.1":
        return ["The tileset is not of version 1.1."]
    if document["root"].get("refine") not in ("ADD", "REPLACE"):
        return ["The root does not say how tiles are refined."]
    root = document["root"]
    faults = [] if document["geometricError"] >= root["geometricError"] else ["The root is coarser than the tileset."]
    return faults + list(_node(root, content))


def _node(node: Mapping[str, Any], content: Callable[[str], bytes]) -> Iterator[str]:
    box = node["boundingVolume"]["box"]
    if "content" in node:
        uri = node["content"]["uri"]
        data = content(uri)
        yield from (f"{uri}: {fault}" for fault in check_glb(data))
        inner = node["content"].get("boundingVolume", node["boundingVolume"])["box"]
        if not _within(_edges(box), _edges(inner)):
            yield f"{uri}: the box of the content juts out of the tile's."
        yield from (f"{uri}: {fault}" for fault in _inside(read_glb(data), inner))
    for child in node.get("children", []):
        if child["geometricError"] > node["geometricError"]:
            yield "A tile is coarser than the one above it."
        inside = box_above(child)
        if not _within(_edges(box), (np.array(inside[:3]), np.array(inside[3:]))):
            yield "The box of a tile juts out of the one above it."
        yield from _node(child, content)


def _edges(box: list[float]) -> tuple[Array, Array]:
    centre, half = np.array(box[:3]), np.array([box[3], box[7], box[11]])
    return centre - half, centre + half


def _within(outer: tuple[Array, Array], inner: tuple[Array, Array]) -> bool:
    (low, high), (inner_low, inner_high) = outer, inner
    return bool(np.all(inner_low >= low - SLACK_M) and np.all(inner_high <= high + SLACK_M))


def _inside(glb: Glb, box: list[float]) -> Iterator[str]:
    points = glb.positions()
    if not len(points):
        yield "The tile shows nothing."
        return
    z_up = np.column_stack([points[:, 0], -points[:, 2], points[:, 1]])
    low, high = _edges(box)
    if np.any(z_up.min(axis=0) < low - SLACK_M) or np.any(z_up.max(axis=0) > high + SLACK_M):
        yield "Points lie outside the box."
