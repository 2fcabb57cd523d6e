"""Small towns written as CityGML."""

from collections.abc import Sequence

EAST, NORTH, LEVEL_M = 691_000.0, 5_334_000.0, 500.0  # Munich in EPSG:25832
UTM = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837"
XYZ = tuple[float, float, float]
MODULES = {
    "bldg": "building", "tran": "transportation", "veg": "vegetation", "wtr": "waterbody", "luse": "landuse",
    "dem": "relief", "brid": "bridge", "frn": "cityfurniture", "gen": "generics", "app": "appearance", "grp":
    "cityobjectgroup",
}  # fmt: skip


def at(x: float, y: float, z: float = 0.0) -> XYZ:
    """A place in metres from the south-west corner of the town."""
    return EAST + x, NORTH + y, LEVEL_M + z


def model(*members: str, version: str = "2.0", srs: str = UTM, more: str = "") -> str:
    """A file."""
    spaces = " ".join(
        f'xmlns:{prefix}="http://www.opengis.net/citygml/{name}/{version}"' for prefix, name in MODULES.items()
    )
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}" srsDimension="3"/></gml:boundedBy>' if srs else ""
    inside = "\n".join(f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<core:CityModel xmlns:core="http://www.opengis.net/citygml/{version}"'
        "\n"
        f'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0" {spaces}>{envelope}{inside}{more}</core:CityModel>'
    )


def numbers(points: Sequence[XYZ], way: str = "posList") -> str:
    """Vertices in one of the three ways of GML."""
    if way == "pos":
        return "".join(f"<gml:pos>{x} {y} {z}</gml:pos>" for x, y, z in points)
    if way == "coordinates":
        return f"<gml:coordinates>{' '.join(f'{x},{y},{z}' for x, y, z in points)}</gml:coordinates>"
    return f"<gml:posList>{' '.join(str(value) for point in points for value in point)}</gml:posList>"


def polygon(points: Sequence[XYZ], id: str = "", way: str = "posList", holes: Sequence[Sequence[XYZ]] = ()) -> str:
    """A polygon; the first vertex is written again at the end."""
    rings = [
        f"<gml:{role}><gml:LinearRing>{numbers([*ring, ring[0]], way)}</gml:LinearRing></gml:{role}>"
        for role, ring in [("exterior", points), *(("interior", hole) for hole in holes)]
    ]
    name = f' gml:id="{id}"' if id else ""
    return f"<gml:Polygon{name}>{''.join(rings)}</gml:Polygon>"


def surfaces(*members: str, kind: str = "MultiSurface") -> str:
    """Polygons, or ids of them that begin with #, as one."""
    inside = "".join(
        f'<gml:surfaceMember xlink:href="{each}"/>'
        if each.startswith("#")
        else f"<gml:surfaceMember>{each}</gml:surfaceMember>"
        for each in members
    )
    return f"<gml:{kind}>{inside}</gml:{kind}>"


def solid(*members: str) -> str:
    """A body of polygons."""
    return f"<gml:Solid><gml:exterior>{surfaces(*members, kind='CompositeSurface')}</gml:exterior></gml:Solid>"


def faces(x: float, y: float, size: float, eaves: float, ridge: float) -> list[tuple[str, list[XYZ]]]:
    """A house with a gabled roof along x: meaning and corners of its seven surfaces."""
    a, b, c, d = (at(*p) for p in ((x, y), (x + size, y), (x + size, y + size), (x, y + size)))
    e, f, g, h = (at(*p, eaves) for p in ((x, y), (x + size, y), (x + size, y + size), (x, y + size)))
    west, east = at(x, y + size / 2, ridge), at(x + size, y + size / 2, ridge)
    return [
        ("GroundSurface", [d, c, b, a]), ("RoofSurface", [e, f, east, west]), ("RoofSurface", [g, h, west, east]),
        ("WallSurface", [a, b, f, e]), ("WallSurface", [b, c, g, east, f]), ("WallSurface", [c, d, h, g]),
        ("WallSurface", [d, a, e, west, h]),
    ]  # fmt: skip


def bounded(house: Sequence[tuple[str, list[XYZ]]], id: str, lod: int = 2, way: str = "posList") -> str:
    """The surfaces of a house under what they mean, with ids for others to name."""
    return "".join(
        f'<bldg:boundedBy><bldg:{meaning} gml:id="{id}-s{n}"><bldg:lod{lod}MultiSurface>'
        f"{surfaces(polygon(points, f'{id}-{n}', way))}</bldg:lod{lod}MultiSurface></bldg:{meaning}></bldg:boundedBy>"
        for n, (meaning, points) in enumerate(house)
    )


def building(id: str, inside: str, said: str = "", kind: str = "Building") -> str:
    """A building or a part of one."""
    return f'<bldg:{kind} gml:id="{id}">{said}{inside}</bldg:{kind}>'


HOUSE = faces(10, 10, 10, 6, 9)
PLAIN = building("house", bounded(HOUSE, "house"))
