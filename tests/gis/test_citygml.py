"""CityGML of two versions, in all the ways in which its files are written."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from citiverse.city.feature import Building, GreenArea, Paving, Tree, Water, basis_of
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile
from tests.gis.gml import (
    EAST,
    HOUSE,
    NORTH,
    PLAIN,
    at,
    bounded,
    building,
    faces,
    model,
    numbers,
    polygon,
    solid,
    surfaces,
)

Read = Callable[..., Import]


@pytest.fixture
def town(tmp_path: Path) -> Callable[..., Import]:
    """A scene of one file with the given text."""

    def made(text: str, epsg: int | None = 25832, **source: float) -> Import:
        (tmp_path / "town.gml").write_text(text, encoding="utf-8")
        files = (SourceFile(path="town.gml", **source),)  # type: ignore[arg-type]
        return read_scene(Recipe(name="town", title="Town", sources=files, folder=tmp_path, epsg=epsg))

    return made


def assert_the_house(found: Import, id: str = "gml:house") -> Building:
    """The house with its gabled roof, where it should be."""
    house = found.city.building(id)
    west, south, east, north = house.geometry.bounds
    x, y = found.city.frame.origin
    assert (west + x, south + y) == pytest.approx((EAST + 10, NORTH + 10), abs=0.005)
    assert (east - west, north - south) == pytest.approx((10, 10), abs=0.005)
    assert (house.height_m, basis_of(house, "height_m")) == (9.0, "measured")
    assert (house.roof.shape, house.roof.height_m) == ("gabled", 3.0)
    return house


HOLLOW = polygon([at(90, 90, 50), at(99, 90, 50), at(99, 99, 50)])
LINKED = [f"#house-{n}" for n in range(7)]
TURNED = '<gml:OrientableSurface orientation="-"><gml:baseSurface xlink:href="#house-0"/></gml:OrientableSurface>'
WAYS = {
    "surfaces under their meaning": bounded(HOUSE, "house"),
    "vertex by vertex": bounded(HOUSE, "house", way="pos"),
    "as in GML 2": bounded(HOUSE, "house", way="coordinates"),
    "level 3": bounded(HOUSE, "house", lod=3),
    "a solid that names them": f"<bldg:lod2Solid>{solid(*LINKED)}</bldg:lod2Solid>{bounded(HOUSE, 'house')}",
    "a solid that names one turned over": (
        f"<bldg:lod2Solid>{solid(TURNED, *LINKED[1:])}</bldg:lod2Solid>{bounded(HOUSE, 'house')}"
    ),
    "a solid of its own": f"<bldg:lod2Solid>{solid(*(polygon(points) for _, points in HOUSE))}</bldg:lod2Solid>",
    "surfaces without a meaning": (
        f"<bldg:lod2MultiSurface>{surfaces(*(polygon(points) for _, points in HOUSE))}</bldg:lod2MultiSurface>"
    ),
    "a body with a hollow": (
        "<bldg:lod2Solid>"
        + solid(*(polygon(points) for _, points in HOUSE)).replace(
            "</gml:Solid>",
            f"<gml:interior>{surfaces(HOLLOW, kind='CompositeSurface')}</gml:interior></gml:Solid>",
        )
        + "</bldg:lod2Solid>"
    ),
    "the best of several levels": (
        f"<bldg:lod1Solid>{solid(*(polygon(points) for _, points in faces(10, 10, 10, 5, 5)))}</bldg:lod1Solid>"
        + bounded(HOUSE, "house")
    ),
}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("way", WAYS)
def test_a_house_is_the_same_however_it_is_written(way: str, version: str, town: Callable[..., Import]) -> None:
    found = town(model(building("house", WAYS[way]), version=version))
    assert_the_house(found)
    assert found.report.tally.kinds["building"].built == 1
    assert not found.report.tally.reasons


@pytest.mark.parametrize(
    ("name", "swapped"),
    [
        ("EPSG:25832", False),
        ("urn:ogc:def:crs:EPSG::25832", False),
        ("urn:ogc:def:crs:EPSG:6.12:25832", False),
        ("urn:ogc:def:crs,crs:EPSG:6.12:25832,crs:EPSG:6.12:5783", False),
        ("http://www.opengis.net/def/crs/EPSG/0/25832", False),
        ("http://www.opengis.net/gml/srs/epsg.xml#25832", False),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", False),
        ("urn:ogc:def,crs::EPSG:25832", False),
        ("EPSG:25832", True),
    ],
)
def test_every_way_to_name_the_system_leads_to_the_same_place(
    name: str, swapped: bool, town: Callable[..., Import]
) -> None:
    house = [(meaning, [(y, x, z) if swapped else (x, y, z) for x, y, z in points]) for meaning, points in HOUSE]
    found = town(model(building("house", bounded(house, "house")), srs=name))
    assert_the_house(found)
    assert any("other way round" in reason for _, _, reason in found.report.tally.reasons) == swapped


@pytest.mark.parametrize(("name", "swapped"), [("urn:ogc:def:crs:EPSG::4258", True), ("EPSG:4258", False)])
def test_in_degrees_the_latitude_comes_first_where_the_system_has_it_so(
    name: str, swapped: bool, town: Callable[..., Import]
) -> None:
    frame = town(model(PLAIN)).city.frame

    def placed(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
        lonlat = frame.to_lonlat(np.array([(x - frame.origin[0], y - frame.origin[1]) for x, y, _ in points]))
        turned = lonlat[:, ::-1] if swapped else lonlat
        return [(float(a), float(b), z) for (a, b), (_, _, z) in zip(turned, points, strict=True)]

    house = [(meaning, placed(points)) for meaning, points in HOUSE]
    found = town(model(building("house", bounded(house, "house")), srs=name))
    assert_the_house(found)
    assert not found.report.tally.reasons


def test_gauss_and_kruger_wrote_the_north_first_and_hardly_any_file_does(town: Callable[..., Import]) -> None:
    lifted = [(m, [(x - EAST + 4_468_000, y - NORTH + 5_333_000, z) for x, y, z in points]) for m, points in HOUSE]
    found = town(model(building("house", bounded(lifted, "house")), srs="urn:ogc:def:crs:EPSG::31468"), epsg=None)
    lon, lat = found.city.frame.to_lonlat(np.array([found.city.building("gml:house").geometry.centroid.coords[0]]))[0]
    assert (lon, lat) == pytest.approx((11.568, 48.13), abs=0.01)


def test_heights_of_a_map_in_feet_are_in_feet(town: Callable[..., Import]) -> None:
    lifted = [(m, [(x - EAST + 980_000, y - NORTH + 190_000, z) for x, y, z in points]) for m, points in HOUSE]
    found = town(model(building("house", bounded(lifted, "house")), srs="EPSG:2263"), epsg=None)
    house = found.city.building("gml:house")
    assert house.height_m == pytest.approx(9 * 0.3048, abs=0.01)
    assert house.geometry.area == pytest.approx(100 * 0.3048**2, rel=0.01)


def test_what_a_building_says_is_read(town: Callable[..., Import]) -> None:
    said = (
        "<gml:name>Old mill</gml:name><bldg:function>31001_2463</bldg:function>"
        "<bldg:yearOfConstruction>1911</bldg:yearOfConstruction><bldg:storeysAboveGround>3</bldg:storeysAboveGround>"
        "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Thoroughfare>"
        "<xAL:ThoroughfareNumber>7</xAL:ThoroughfareNumber><xAL:ThoroughfareName>Mill Lane</xAL:ThoroughfareName>"
        "</xAL:Thoroughfare></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>"
    )
    house = assert_the_house(town(model(building("house", bounded(HOUSE, "house"), said))))
    assert (house.name, house.use, house.year, house.levels) == ("Old mill", "garage", 1911, 3.0)
    assert house.address == "Mill Lane 7"
    assert basis_of(house, "use") == "tagged"


def test_a_footprint_stands_as_high_as_it_says_or_as_its_storeys_make_it(town: Callable[..., Import]) -> None:
    ground = f"<bldg:lod0FootPrint>{surfaces(polygon(HOUSE[0][1]))}</bldg:lod0FootPrint>"
    heights = {
        "told": '<bldg:measuredHeight uom="m">7.5</bldg:measuredHeight>',
        "feet": '<bldg:measuredHeight uom="urn:ogc:def:uom:UCUM::[ft_i]">30</bldg:measuredHeight>',
        "generic": '<gen:measureAttribute name="height"><gen:value uom="m">8</gen:value></gen:measureAttribute>',
        "storeys": "<bldg:storeysAboveGround>4</bldg:storeysAboveGround>",
        "nothing": "",
    }
    city = town(model(*(building(id, ground, said) for id, said in heights.items()))).city
    found = {id: city.building(f"gml:{id}") for id in heights}
    assert [found[id].height_m for id in ("told", "feet", "generic")] == pytest.approx([7.5, 9.14, 8.0], abs=0.01)
    assert found["storeys"].height_m > found["nothing"].height_m > 3.0
    bases = {id: basis_of(each, "height_m") for id, each in found.items()}
    assert bases == {
        "told": "tagged",
        "feet": "tagged",
        "generic": "tagged",
        "storeys": "estimated",
        "nothing": "estimated",
    }


def test_parts_stand_on_the_ground_of_the_whole(town: Callable[..., Import]) -> None:
    low, high = faces(10, 10, 10, 6, 9), [(m, [(x, y, z + 20) for x, y, z in p]) for m, p in faces(20, 10, 10, 6, 9)]
    parts = "".join(
        f"<bldg:consistsOfBuildingPart>{building(id, bounded(shape, id), kind='BuildingPart')}"
        "</bldg:consistsOfBuildingPart>"
        for id, shape in (("low", low), ("high", high))
    )
    city = town(model(building("whole", parts, "<gml:name>Town hall</gml:name>"))).city
    assert city.get("gml:whole") is None
    low_part, high_part = city.building("gml:low"), city.building("gml:high")
    assert (low_part.part_of, low_part.name, low_part.height_m) == ("gml:whole", "Town hall", 9.0)
    assert (high_part.min_height_m, high_part.height_m) == (20.0, 29.0)


def square(x: float, y: float, size: float, z: float = 0.0) -> str:
    return polygon([at(x, y, z), at(x + size, y, z), at(x + size, y + size, z), at(x, y + size, z)])


THINGS = (
    f'<tran:Road gml:id="road"><tran:trafficArea><tran:TrafficArea gml:id="lane"><tran:lod2MultiSurface>'
    f"{surfaces(square(0, 40, 20))}</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea></tran:Road>",
    f'<wtr:WaterBody gml:id="lake"><wtr:lod1MultiSurface>{surfaces(square(40, 40, 20))}'
    "</wtr:lod1MultiSurface></wtr:WaterBody>",
    f'<luse:LandUse gml:id="field"><luse:class>1100</luse:class><luse:lod1MultiSurface>{surfaces(square(0, 70, 20))}'
    f"</luse:lod1MultiSurface></luse:LandUse>",
    f'<veg:PlantCover gml:id="wood"><veg:lod1MultiSurface>{surfaces(square(40, 70, 20))}'
    "</veg:lod1MultiSurface></veg:PlantCover>",
    f'<brid:Bridge gml:id="bridge"><brid:consistsOfBridgePart><brid:BridgePart gml:id="span"><brid:lod2MultiSurface>'
    f"{surfaces(square(40, 0, 10, 5))}</brid:lod2MultiSurface></brid:BridgePart></brid:consistsOfBridgePart>"
    "</brid:Bridge>",
    '<veg:SolitaryVegetationObject gml:id="tree"><veg:species>Tilia cordata</veg:species>'
    '<veg:height uom="m">12.5</veg:height>'
    f"<veg:lod1Geometry><gml:Point>{numbers([at(70, 70)], 'pos')}</gml:Point></veg:lod1Geometry>"
    "</veg:SolitaryVegetationObject>",
)


def test_land_water_roads_and_trees_are_read(town: Callable[..., Import]) -> None:
    found = town(model(PLAIN, *THINGS))
    city = found.city
    kinds = {id: city.feature(f"gml:{id}") for id in ("road", "lake", "field", "wood", "span", "tree")}
    assert isinstance(kinds["road"], Paving)
    assert isinstance(kinds["lake"], Water)
    assert isinstance(kinds["field"], GreenArea)
    assert isinstance(kinds["wood"], GreenArea)
    assert isinstance(kinds["span"], Paving)
    assert kinds["span"].category == "bridge"
    tree = kinds["tree"]
    assert isinstance(tree, Tree)
    assert (tree.height_m, tree.genus) == (12.5, "Tilia")
    assert all(count.skipped == 0 for count in found.report.tally.kinds.values())


def test_a_template_is_put_where_it_is_used(town: Callable[..., Import]) -> None:
    crown = f'<gml:MultiSurface gml:id="crown">{surfaces(polygon([(0, 0, 0), (1, 0, 0), (0, 1, 4)]))[18:]}'

    def tree(id: str, where: str, relative: str) -> str:
        return (
            f'<veg:SolitaryVegetationObject gml:id="{id}"><veg:lod2ImplicitRepresentation><core:ImplicitGeometry>'
            "<core:transformationMatrix>2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1</core:transformationMatrix>"
            f"{relative}<core:referencePoint><gml:Point><gml:pos>{where}</gml:pos></gml:Point></core:referencePoint>"
            "</core:ImplicitGeometry></veg:lod2ImplicitRepresentation></veg:SolitaryVegetationObject>"
        )

    own = f"<core:relativeGMLGeometry>{crown}</core:relativeGMLGeometry>"
    named = '<core:relativeGMLGeometry xlink:href="#crown"/>'
    places = [" ".join(map(str, at(x, 60))) for x in (10, 20)]
    city = town(model(PLAIN, tree("first", places[0], own), tree("second", places[1], named))).city
    first, second = city.feature("gml:first"), city.feature("gml:second")
    assert isinstance(first, Tree)
    assert isinstance(second, Tree)
    assert (first.height_m, second.height_m) == (8.0, 8.0)
    assert second.geometry.x - first.geometry.x == pytest.approx(10, abs=0.01)


def test_a_relief_becomes_the_ground(town: Callable[..., Import]) -> None:
    """A slope of 1 m in 10 m to the east, of two triangles."""
    corners = [at(-700, -700, -70), at(700, -700, 70), at(700, 700, 70), at(-700, 700, -70)]
    triangles = "".join(
        f"<gml:Triangle>{polygon([corners[n] for n in three])[13:-14]}</gml:Triangle>"
        for three in ((0, 1, 2), (0, 2, 3))
    )
    relief = (
        '<dem:ReliefFeature gml:id="relief"><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="tin">'
        f"<dem:lod>1</dem:lod><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>{triangles}</gml:trianglePatches>"
        "</gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>"
    )
    found = town(model(PLAIN, relief))
    local = np.array([(x, y) for x in (10.0, 300.0) for y in (10.0, 600.0)]) + np.subtract(
        (EAST, NORTH), found.city.frame.origin
    )
    assert found.city.terrain.heights(local) == pytest.approx([501.0, 501.0, 530.0, 530.0], abs=0.02)
    assert found.city.frame.vertical == "EPSG:7837"
    assert found.report.tally.kinds["terrain"].built >= 1
    assert found.report.attributes["ground.height"]["measured"] > 1000


def test_without_a_relief_the_ground_goes_through_the_feet_of_the_houses(town: Callable[..., Import]) -> None:
    """A hill of 1 in 10 with a house every 50 m, and one with a deep cellar."""
    houses = []
    for n in range(100):
        x, y = n % 10 * 50.0, n // 10 * 50.0
        lift = x / 10 - (12 if n == 55 else 0)
        shape = [(m, [(a, b, c + lift) for a, b, c in points]) for m, points in faces(x, y, 10, 6, 9)]
        houses.append(building(f"h{n}", bounded(shape, f"h{n}")))
    found = town(model(*houses))
    x0, y0 = np.subtract((EAST, NORTH), found.city.frame.origin)
    points = np.array([(x0 + x + 5, y0 + y + 5) for x in (0, 200, 450) for y in (0, 250, 450)])
    off = found.city.terrain.heights(points) - (500.0 + (points[:, 0] - x0 - 5) / 10)
    assert np.abs(off).max() < 1.0
    assert found.report.attributes["ground.height"]["estimated"] > 100
    assert found.report.attributes["ground.height"]["measured"] == 0


def test_pictures_on_walls_are_counted_and_left_alone(town: Callable[..., Import]) -> None:
    look = (
        "<app:appearance><app:Appearance><app:surfaceDataMember><app:ParameterizedTexture>"
        '<app:imageURI>a.jpg</app:imageURI><app:target uri="#house-0"><app:TexCoordList>'
        '<app:textureCoordinates ring="#r">0 0 1 1</app:textureCoordinates></app:TexCoordList></app:target>'
        "</app:ParameterizedTexture></app:surfaceDataMember></app:Appearance></app:appearance>"
    )
    found = town(
        model(building("house", bounded(HOUSE, "house"), look), more=look.replace(":appearance>", ":appearanceMember>"))
    )
    assert_the_house(found)
    assert ["2 appearances" in reason for _, _, reason in found.report.tally.reasons] == [True]


def test_extensions_are_named_and_left_alone(town: Callable[..., Import]) -> None:
    inside = '<x:temperature xmlns:x="http://example.org/ade">21</x:temperature>'
    antenna = '<x:Antenna xmlns:x="http://example.org/ade" xmlns:gml="http://www.opengis.net/gml" gml:id="mast"/>'
    found = town(model(building("house", bounded(HOUSE, "house") + inside), antenna))
    assert_the_house(found)
    reasons = {reason: ids for (_, _, reason), ids in found.report.tally.reasons.items()}
    assert any("extension" in reason and ids == ["gml:mast"] for reason, ids in reasons.items())
    assert any("1 elements of extensions" in reason for reason in reasons)


FAULTS = {
    "vertices of words": (bounded(HOUSE, "odd").replace("500.0", "high"), "no numbers"),
    "vertices that are not a number": (bounded(HOUSE, "odd").replace("500.0", "NaN"), "finite"),
    "vertices that are cut off": (bounded(HOUSE, "odd").replace("<gml:posList>", "<gml:posList>1 "), "breaks off"),
    "surfaces that are not there": (f"<bldg:lod2Solid>{solid('#gone-1', '#gone-2')}</bldg:lod2Solid>", "not in"),
    "surfaces that name themselves": (
        '<bldg:lod2MultiSurface><gml:MultiSurface gml:id="me"><gml:surfaceMember xlink:href="#me"/></gml:MultiSurface>'
        "</bldg:lod2MultiSurface>",
        "no surfaces",
    ),
    "another file's surfaces": (f"<bldg:lod2Solid>{solid('#o')}</bldg:lod2Solid>".replace("#", "http://x/"), "not in"),
    "a line": (f"<bldg:lod2MultiSurface>{surfaces(polygon(HOUSE[0][1][:2]))}</bldg:lod2MultiSurface>", "three"),
    "nothing": ("", "no surfaces"),
    "a network": ("<tran:lod0Network><gml:LineString/></tran:lod0Network>", "lines alone"),
    "a house of 45 km": (bounded([(m, [(x, y, z * 5e3) for x, y, z in p]) for m, p in HOUSE], "odd"), "metres"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_an_object_that_breaks_the_rules_is_skipped_with_the_reason(fault: str, town: Callable[..., Import]) -> None:
    inside, word = FAULTS[fault]
    found = town(model(building("odd", inside), PLAIN))
    assert_the_house(found)
    assert found.city.get("gml:odd") is None
    reasons = {reason: ids for (_, outcome, reason), ids in found.report.tally.reasons.items() if outcome == "skipped"}
    assert [ids for reason, ids in reasons.items() if word in reason] == [["gml:odd"]]


def test_a_building_that_lacks_a_surface_is_repaired(town: Callable[..., Import]) -> None:
    lacking = f"<bldg:lod2Solid>{solid(*LINKED, '#gone')}</bldg:lod2Solid>{bounded(HOUSE, 'house')}"
    found = town(model(building("house", lacking)))
    assert_the_house(found)
    assert found.report.tally.kinds["building"].repaired == 1


def test_a_claim_of_a_billion_vertices_is_not_believed(town: Callable[..., Import]) -> None:
    assert_the_house(town(model(PLAIN).replace("<gml:posList>", '<gml:posList count="1000000000">')))


def test_of_two_with_one_id_the_first_counts(town: Callable[..., Import]) -> None:
    found = town(model(PLAIN, building("house", bounded(faces(50, 50, 10, 6, 9), "b"))))
    assert_the_house(found)
    assert (found.report.tally.kinds["building"].built, found.report.tally.kinds["building"].skipped) == (1, 1)


def test_a_file_in_utf_16_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "town.gml").write_bytes(model(PLAIN).replace("UTF-8", "UTF-16").encode("utf-16"))
    sources = (SourceFile(path="town.gml"),)
    assert_the_house(read_scene(Recipe(name="t", title="T", sources=sources, folder=tmp_path)))


@pytest.mark.parametrize("packing", ["gz", "zip", "folder", "zip of two", "folder of two"])
def test_one_file_or_many_packed_or_not(packing: str, tmp_path: Path) -> None:
    first, second = model(PLAIN), model(PLAIN, building("other", bounded(faces(50, 50, 10, 6, 9), "other")))
    texts = {"a.gml": first, "b.gml": second} if "two" in packing else {"a.gml": second}
    if packing == "gz":
        path = tmp_path / "town.gml.gz"
        path.write_bytes(gzip.compress(second.encode()))
    elif packing.startswith("zip"):
        path = tmp_path / "town.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(f"tiles/{name}", text)
            archive.writestr("readme.txt", "by the survey")
    else:
        path = tmp_path / "town"
        path.mkdir()
        for name, text in texts.items():
            (path / name).write_text(text)
    found = import_city("town", [path], data_dir=tmp_path / "data")
    assert_the_house(found)
    assert found.city.building("gml:other").height_m == 9.0
    assert found.report.tally.kinds["building"].skipped == (1 if "two" in packing else 0)


def test_the_level_of_detail_can_be_chosen(town: Callable[..., Import]) -> None:
    block = "".join(polygon(points) and f"{polygon(points)}|" for _, points in faces(10, 10, 10, 5, 5)).split("|")[:-1]
    text = model(building("house", f"<bldg:lod1Solid>{solid(*block)}</bldg:lod1Solid>{bounded(HOUSE, 'house')}"))
    assert town(text).city.building("gml:house").height_m == 9.0
    assert town(text, lod=1.0).city.building("gml:house").height_m == 5.0
