"""Point clouds: houses get their heights and roofs, the ground its shape, and trees appear."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import CRS

from citiverse.city.feature import Building, Tree, basis_of
from citiverse.city.frame import Frame
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.cityjson.write import city_cityjson
from citiverse.gis.read import Import, import_city, read_scene
from citiverse.gis.recipe import Recipe, SourceFile
from citiverse.gis.refused import ImportRefused
from tests.gis.conftest import Drawing

laspy = pytest.importorskip("laspy", reason="needs the extra lidar")

Fly = Callable[..., Import]
Shape = Callable[[FloatArray, FloatArray], FloatArray]
LEVEL_M, RISE = 400.0, 0.05
GROUND, HOUSE, PLANT, NOISE = 2, 6, 5, 7


def ground_m(x: FloatArray, y: FloatArray) -> FloatArray:
    """A slope of 1 in 20 to the east."""
    return LEVEL_M + RISE * x


def gabled(west: float, south: float, size: float, eaves_m: float, ridge_m: float) -> Shape:
    """A roof whose ridge runs from west to east through the middle."""
    return lambda x, y: (
        ground_m(np.full_like(x, west), y) + ridge_m - (ridge_m - eaves_m) * np.abs(y - south - size / 2) / (size / 2)
    )


def flat(west: float, height_m: float) -> Shape:
    return lambda x, y: ground_m(np.full_like(x, west), y) + height_m


def field(west: float, south: float, east: float, north: float, shape: Shape, each_m: float = 0.5) -> FloatArray:
    """Points on a surface, shape (n, 3)."""
    x, y = (each.ravel() for each in np.meshgrid(np.arange(west, east, each_m), np.arange(south, north, each_m)))
    return np.column_stack([x, y, shape(x, y)])


def tree(x: float, y: float, height_m: float, crown_m: float) -> FloatArray:
    """A crown like the upper half of a ball."""
    half = crown_m / 2
    points = field(x - half, y - half, x + half, y + half, lambda a, b: a * 0.0)
    away = np.hypot(points[:, 0] - x, points[:, 1] - y)
    points = points[away < half]
    points[:, 2] = ground_m(points[:, 0], points[:, 1]) + height_m - away[away < half] ** 2 / half
    return points


HOUSES = {"gabled": (100.0, 100.0, 20.0), "flat": (200.0, 100.0, 20.0), "sparse": (300.0, 100.0, 20.0)}
TREES = ((150.0, 160.0, 12.0, 8.0), (170.0, 160.0, 9.0, 6.0))


def town(classes: Mapping[int, int] | None = None) -> tuple[FloatArray, NDArray[np.int_]]:
    """Points in metres from the drawing's corner, and what each is."""
    lists = [
        (GROUND, field(-20, -20, 420, 420, ground_m, 1.5)),
        (HOUSE, field(100, 100, 120, 120, gabled(100, 100, 20, 6, 11))),
        (HOUSE, field(200, 100, 220, 120, flat(200, 8))),
        (HOUSE, field(300, 100, 302, 120, flat(300, 8), 1.0)),
        (NOISE, np.array([[110.0, 110.0, 600.0], [205.0, 105.0, 300.0]])),
        *((PLANT, tree(*each)) for each in TREES),
    ]
    built = np.zeros(len(lists[0][1]), dtype=bool)
    for west, south, size in HOUSES.values():
        x, y = lists[0][1][:, 0], lists[0][1][:, 1]
        built |= (x >= west) & (x <= west + size) & (y >= south) & (y <= south + size)
    lists[0] = (GROUND, lists[0][1][~built])
    kinds = np.concatenate([np.full(len(points), kind) for kind, points in lists])
    if classes is not None:
        kinds = np.array([classes.get(kind, kind) for kind in kinds.tolist()])
    return np.concatenate([points for _, points in lists]), kinds


def written(path: Path, points: FloatArray, kinds: NDArray[np.int_]) -> Path:
    """A file of points."""
    head = laspy.LasHeader(point_format=1, version="1.2")
    head.scales, head.offsets = np.full(3, 0.001), np.floor(points.min(axis=0))
    las = laspy.LasData(head)
    las.x, las.y, las.z = points.T
    las.classification = kinds
    las.return_number = np.where(kinds == PLANT, 1, 1)
    las.number_of_returns = np.where(np.isin(kinds, (3, 4, 5)), 3, 1)
    las.write(str(path))
    return path


@pytest.fixture
def fly(draw: Drawing, tmp_path: Path) -> Fly:
    """The drawn town seen from the air: OpenStreetMap and points."""

    def flown(
        points: FloatArray, kinds: NDArray[np.int_], name: str = "town.laz", crs: str = "EPSG:32632", **recipe: object
    ) -> Import:
        (tmp_path / "town.osm").write_text(draw.text())
        frame = read_scene(
            Recipe(name="a", title="A", sources=(SourceFile(path="town.osm"),), folder=tmp_path)
        ).city.frame
        written(tmp_path / name, placed(points, draw, frame), kinds)
        sources = (SourceFile(path="town.osm"), SourceFile(path=name, crs=crs))
        return read_scene(Recipe(name="town", title="Town", sources=sources, folder=tmp_path, **recipe))  # type: ignore[arg-type]

    for west, south, size in HOUSES.values():
        draw.box(west, south, west + size, south + size, building="yes", height="5")
    return flown


def placed(points: FloatArray, draw: Drawing, frame: Frame) -> FloatArray:
    """Points of the drawing in the projected system of a scene."""
    lonlat = np.column_stack(
        [list(map(draw.east, points[:, 0].tolist())), list(map(draw.north, points[:, 1].tolist()))]
    )
    return np.column_stack([frame.to_local(lonlat) + frame.origin, points[:, 2]])


def houses(found: Import) -> list[Building]:
    return sorted(found.city.all(Building), key=lambda each: each.geometry.centroid.x)


@pytest.mark.parametrize("name", ["town.las", "town.laz"])
def test_houses_are_as_high_as_their_points(name: str, fly: Fly) -> None:
    found = fly(*town(), name=name)
    with_gable, with_flat_roof, seen_at_its_edge = houses(found)
    assert with_gable.height_m == pytest.approx(11.0, abs=0.5)
    assert with_flat_roof.height_m == pytest.approx(8.0, abs=0.3)
    assert basis_of(with_gable, "height_m") == basis_of(with_gable, "roof") == "measured"
    assert (with_gable.roof.shape, with_flat_roof.roof.shape) == ("gabled", "flat")
    assert with_gable.roof.height_m == pytest.approx(5.0, abs=0.8)
    assert (seen_at_its_edge.height_m, basis_of(seen_at_its_edge, "height_m")) == (5.0, "tagged")
    assert any("too few points" in reason for _, _, reason in found.report.tally.reasons)


def test_points_that_nobody_has_sorted_say_the_same(fly: Fly) -> None:
    found = fly(*town({GROUND: 1, HOUSE: 1, PLANT: 1, NOISE: 7}))
    with_gable, with_flat_roof, _ = houses(found)
    assert with_gable.height_m == pytest.approx(11.0, abs=0.6)
    assert with_flat_roof.height_m == pytest.approx(8.0, abs=0.6)


def test_the_ground_is_where_its_points_are(fly: Fly) -> None:
    found = fly(*town())
    x = found.city.terrain.heights(
        np.array([(found.city.bounds[0] + a, found.city.bounds[1] + 300) for a in (50, 350)])
    )
    assert x == pytest.approx([LEVEL_M + 2.5, LEVEL_M + 17.5], abs=0.6)
    assert found.report.attributes["ground.height"]["measured"] > 100


def test_trees_stand_where_the_leaves_are(fly: Fly, draw: Drawing) -> None:
    found = fly(*town())
    trees = sorted(found.city.all(Tree), key=lambda each: each.geometry.x)
    assert len(trees) == 2
    for grown, (x, y, height_m, crown_m) in zip(trees, TREES, strict=True):
        at = found.city.frame.to_local(np.array([(draw.east(x), draw.north(y))]))[0]
        assert np.hypot(grown.geometry.x - at[0], grown.geometry.y - at[1]) < 1.5
        assert grown.height_m == pytest.approx(height_m, abs=0.7)
        assert grown.crown_m == pytest.approx(crown_m, abs=2.5)
        assert basis_of(grown, "height_m") == "measured"


def test_a_tree_that_is_known_is_measured_rather_than_planted_again(fly: Fly, draw: Drawing) -> None:
    known = draw.node((151.0, 160.0), natural="tree")
    found = fly(*town())
    assert len(list(found.city.all(Tree))) == 2
    tree = found.city.feature(known)
    assert isinstance(tree, Tree)
    assert tree.height_m == pytest.approx(12.0, abs=0.7)
    assert basis_of(tree, "height_m") == "measured"


@pytest.mark.parametrize(
    ("prefer", "height_m"),
    [
        ({}, 8.0),
        ({"building.height": ("lidar", "osm")}, 8.0),
        ({"building.height": ("osm", "lidar")}, 5.0),
        ({"building.height": ("town.laz",)}, 8.0),
    ],
)
def test_the_recipe_says_whose_height_is_believed(
    prefer: dict[str, tuple[str, ...]], height_m: float, fly: Fly
) -> None:
    assert houses(fly(*town(), prefer=prefer))[1].height_m == pytest.approx(height_m, abs=0.3)


def test_a_height_that_was_measured_with_its_roof_stays_unless_the_recipe_wants(draw: Drawing, tmp_path: Path) -> None:
    """Without a preference the model of a house goes before points on it, and a mere block does not."""
    draw.box(200, 100, 220, 120, building="yes", height="5")
    (tmp_path / "town.osm").write_text(draw.text())
    plain = read_scene(Recipe(name="a", title="A", sources=(SourceFile(path="town.osm"),), folder=tmp_path)).city
    text = city_cityjson(plain).decode().replace('"citiverse":', '"other":')
    written(tmp_path / "town.laz", placed(town()[0], draw, plain.frame), town()[1])
    for lod, expected in (("1.2", 8.0), ("2.2", 5.0)):
        (tmp_path / "town.city.json").write_text(text.replace('"lod":"1.2"', f'"lod":"{lod}"'))
        sources = (SourceFile(path="town.city.json"), SourceFile(path="town.laz", crs="EPSG:32632"))
        (house,) = read_scene(Recipe(name="t", title="T", sources=sources, folder=tmp_path)).city.all(Building)
        assert house.height_m == pytest.approx(expected, abs=0.3)


def test_points_of_elsewhere_are_told_and_change_nothing(fly: Fly) -> None:
    points, kinds = town()
    found = fly(np.add(points, (50_000.0, 0.0, 0.0)), kinds)
    assert [each.height_m for each in houses(found)] == [5.0, 5.0, 5.0]
    assert found.report.tally.kinds["terrain"].skipped == 1


def las_bytes(tmp_path: Path, name: str = "a.las") -> bytes:
    return written(tmp_path / name, np.array([[691_000.0, 5_334_000.0, 500.0]] * 1000), np.full(1000, 2)).read_bytes()


def patched(raw: bytes, at: int, new: bytes) -> bytes:
    return raw[:at] + new + raw[at + len(new) :]


FAULTY: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "a head and nothing else": ("a.las", lambda folder: las_bytes(folder)[:200], "damaged"),
    "points that break off": ("a.las", lambda folder: las_bytes(folder)[:5000], "1,000 points"),
    "packed points that break off": ("a.laz", lambda folder: las_bytes(folder, "b.laz")[:400], "a.laz"),
    "a claim of four billion points": (
        "a.las", lambda folder: patched(las_bytes(folder), 107, b"\xff\xff\xff\xff"), "4,294,967,295 points",
    ),
    "no points": ("a.las", lambda folder: patched(las_bytes(folder), 107, b"\0\0\0\0"), "no points"),
    "a scale of nought": ("a.las", lambda folder: patched(las_bytes(folder), 131, bytes(24)), "scale"),
    "a scale that is no number": ("a.las", lambda folder: patched(las_bytes(folder), 131, b"\xff" * 24), "scale"),
    "a version of tomorrow": ("a.las", lambda folder: patched(las_bytes(folder), 24, b"\x09\x09"), "LAS 9.9"),
    "rubbish behind the name": ("a.laz", lambda _: b"LASF" + b"rubbish" * 100, "a.laz"),
    "records without end": ("a.las", lambda folder: patched(las_bytes(folder), 100, b"\xff\xff\xff\x7f"), "head tells"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_cloud_is_refused_in_a_sentence(name: str, draw: Drawing, tmp_path: Path) -> None:
    file, content, words = FAULTY[name]
    draw.box(100, 100, 110, 110, building="yes")
    (tmp_path / "town.osm").write_text(draw.text())
    (tmp_path / file).write_bytes(content(tmp_path))
    with pytest.raises(ImportRefused, match=words) as refusal:
        import_city("town", [tmp_path / "town.osm", tmp_path / file], data_dir=tmp_path / "data", crs="25832")
    assert file in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))


def test_a_cloud_without_coordinates_names_the_option(draw: Drawing, tmp_path: Path) -> None:
    draw.box(100, 100, 110, 110, building="yes")
    (tmp_path / "town.osm").write_text(draw.text())
    (tmp_path / "a.las").write_bytes(las_bytes(tmp_path))
    with pytest.raises(ImportRefused, match="--crs"):
        import_city("town", [tmp_path / "town.osm", tmp_path / "a.las"], data_dir=tmp_path / "data")
    with pytest.raises(ImportRefused, match="says where the city lies"):
        import_city("town", [tmp_path / "a.las"], data_dir=tmp_path / "data", crs="25832")


def test_a_cloud_that_names_its_system_needs_no_option(draw: Drawing, tmp_path: Path) -> None:
    draw.box(200, 100, 220, 120, building="yes", height="5")
    (tmp_path / "town.osm").write_text(draw.text())
    frame = read_scene(Recipe(name="a", title="A", sources=(SourceFile(path="town.osm"),), folder=tmp_path)).city.frame
    points, kinds = town()
    path = written(tmp_path / "town.laz", placed(points, draw, frame), kinds)
    las = laspy.read(str(path))
    las.header.add_crs(CRS.from_user_input("EPSG:32632"))
    las.write(str(path))
    sources = (SourceFile(path="town.osm"), SourceFile(path="town.laz"))
    found = read_scene(Recipe(name="t", title="T", sources=sources, folder=tmp_path))
    assert found.report.sources[1].crs == "EPSG:32632"
    (house,) = found.city.all(Building)
    assert house.height_m == pytest.approx(8.0, abs=0.3)


def test_delft_is_as_high_as_its_model(shared_data: Callable[[str], Path]) -> None:
    """Houses that the model and the points both have: 9 of 10 within 0.5 m."""
    folder = shared_data("cities/delft")
    model = SourceFile(path="delft_3dbag_lod2.2.city.jsonl")
    clouds = [SourceFile(path=f"ahn3/ahn3_cropped_{n}.laz", crs="EPSG:7415") for n in (1, 2)]

    def read(*sources: SourceFile, **recipe: object) -> Import:
        return read_scene(Recipe(name="delft", title="Delft", sources=sources, folder=folder, **recipe))  # type: ignore[arg-type]

    truth = {each.id: each.height_m for each in read(model).city.all(Building)}
    found = read(model, *clouds, prefer={"building.height": ("lidar",)})
    ours = {each.id: each.height_m for each in found.city.all(Building)}
    measured = {
        id for (_, _, reason), ids in found.report.tally.reasons.items() if reason == "height from lidar" for id in ids
    }
    assert len(measured) >= 20
    off = np.array([abs(ours[id] - truth[id]) for id in measured])
    assert (off <= 0.5).mean() >= 0.9
