"""Streets, tracks, bridges and tunnels as tiles show them."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Feature, Furniture, Lane, Paving, Rail, Road
from citiverse.city.terrain import Terrain
from citiverse.geometry.grid import Grid
from citiverse.scene.build import build, rebuild
from citiverse.scene.cell import Square, cell_of
from citiverse.scene.check import check_glb
from citiverse.scene.layers import ground
from citiverse.scene.mesh import Mesh
from citiverse.scene.paint import Surface
from citiverse.scene.tile import tile_key
from tests.scene.town import FRAME, hills, road

WIDE = (0.0, 0.0, 760.0, 500.0)


def city(*features: Feature, terrain: Terrain | None = None) -> City:
    return city_of(features, name="ways", frame=FRAME, bounds=WIDE, terrain=terrain or Terrain())


def drawn(of: City, x: int = 0, y: int = 0) -> Mesh:
    mesh = ground.draw(cell_of(of, Square(0, x, y))).mesh
    assert mesh is not None
    return mesh


def heights(mesh: Mesh, surface: Surface) -> np.ndarray:
    """Of all points of a surface, metres."""
    return np.unique(np.round(mesh.points[mesh.surface == surface, 2], 3))


def test_a_road_under_a_long_bridge_lifts_it_in_the_leaf_that_draws_it() -> None:
    bridge = road("osm:w1", [(20, 100), (360, 100), (700, 100)], bridge=True, layer=1)
    below = road("osm:w2", [(650, 40), (650, 160)])
    before = city(bridge)
    change = Change({below.id: None}, {below.id: below})
    after = before.with_change(change)
    tiles = build(before)
    delta = rebuild(after, change, tiles)
    assert tile_key("ground", Square(0, 1, 0)) in delta.set
    assert tiles.with_delta(delta).hashes == build(city(bridge, below)).hashes


def test_rails_lie_level_in_streets_and_beside_them() -> None:
    tram = Rail(id="osm:w3", geometry=shapely.LineString([(50, 50), (50, 200)]), category="tram")
    street = road("osm:w1", [(20, 100), (240, 100)])
    mesh = drawn(city(tram, street))
    assert heights(mesh, Surface.STEEL).tolist() == [-0.1, 0.02]
    low = mesh.points[(mesh.surface == Surface.STEEL) & (mesh.points[:, 2] < 0)]
    assert [low[:, 1].min(), low[:, 1].max()] == pytest.approx([97.0, 103.0], abs=0.01)


def test_a_tunnel_shows_its_mouth_and_nothing_else() -> None:
    tunnel = road("osm:w1", [(100, 100), (200, 100)], tunnel=True, layer=-1)
    street = road("osm:w2", [(20, 100), (100, 100)])
    mesh = drawn(city(tunnel, street))
    mine = mesh.points[mesh.slot == 0]
    assert len(mine)
    assert mine[:, 0].min() == pytest.approx(100.0)
    assert mine[:, 0].max() < 120.0
    assert (drawn(city(tunnel)).slot == -1).all()


def test_a_tunnel_goes_down_in_level_ground_and_into_a_hillside_by_a_gate() -> None:
    tunnel = road("osm:w1", [(100, 100), (200, 100)], tunnel=True, layer=-1)
    street = road("osm:w2", [(20, 100), (100, 100)])
    x = np.arange(160) * 5.0 + 2.5
    hillside = Terrain(Grid(np.tile(np.clip((x - 100.0) / 2.0, 0.0, 20.0), (120, 1)), 0.0, -50.0, 5.0, "m"))
    level, steep = (drawn(city(tunnel, street, terrain=terrain)) for terrain in (Terrain(), hillside))
    assert level.points[level.slot == 0, 2].max() == pytest.approx(1.0)
    assert steep.points[steep.slot == 0, 2].max() > 5.0


def test_steps_are_built_where_the_ground_rises_and_end_at_the_kerb() -> None:
    steps = road("osm:w1", [(100, 100), (140, 100)], category="steps", lanes=(Lane("footway", 2.0),))
    street = road("osm:w2", [(100, 40), (100, 160)])
    mesh = drawn(city(steps, street, terrain=hills()))
    mine = mesh.points[(mesh.slot == 0) & (mesh.surface == Surface.PAVEMENT)]
    assert len(np.unique(np.round(mine[:, 2], 3))) > 20
    assert mine[:, 0].min() == pytest.approx(103.0, abs=0.02)
    flat = drawn(city(steps, street))
    assert len(flat.points[(flat.slot == 0) & (flat.surface == Surface.PAVEMENT)]) > 60


def test_a_bridge_has_a_deck_parapets_kerbs_and_lines() -> None:
    bridge = road("osm:w1", [(30, 100), (230, 100)], bridge=True, layer=1, category="tertiary")
    mesh = drawn(city(bridge))
    top = mesh.points[mesh.slot == 0, 2].max()
    assert top == pytest.approx(1.16, abs=0.02)
    found = set(np.unique(mesh.surface[mesh.slot == 0]).tolist())
    assert {Surface.CARRIAGEWAY, Surface.PAVEMENT, Surface.KERB, Surface.MARKING, Surface.MASONRY} <= found


def test_triangles_of_a_bridge_and_a_mouth_face_outwards() -> None:
    """The volume under all their faces is positive: seen from outside they run counter-clockwise."""
    bridge = road("osm:w1", [(30, 100), (230, 100)], bridge=True, layer=1, lanes=())
    tunnel = road("osm:w2", [(100, 200), (200, 200)], tunnel=True, layer=-1)
    street = road("osm:w3", [(20, 200), (100, 200)])
    mesh = drawn(city(bridge, tunnel, street))
    for slot in (0, 1):
        mine = mesh.triangles[(mesh.slot[mesh.triangles] == slot).all(axis=1)]
        a, b, c = (mesh.points[mine[:, k]] - mesh.points[mine].reshape(-1, 3).mean(axis=0) for k in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 > 0


def test_lights_make_stop_lines_in_every_leaf_that_has_a_part_of_the_crossing() -> None:
    cross = [road("osm:w1", [(180, 128), (250, 128), (330, 128)], category="tertiary"),
             road("osm:w2", [(250, 60), (250, 128), (250, 200)], category="tertiary")]  # fmt: skip
    lights = Furniture(id="osm:n1", geometry=shapely.Point(250, 128), category="traffic_signals")
    for x in (0, 1):
        with_lights, without = (
            len(drawn(city(*cross, *more), x).points[drawn(city(*cross, *more), x).surface == Surface.MARKING])
            for more in ((lights,), ())
        )
        assert with_lights > without


def test_a_crossing_that_someone_adds_is_painted_over_a_drive_as_over_a_street() -> None:
    def has_stripes(category: str, id: str) -> bool:
        way = road("osm:w1", [(30, 128), (230, 128)], category=category)
        crossing = Furniture(id=id, geometry=shapely.Point(128, 128), category="crossing")
        mesh = drawn(city(way, crossing))
        near = np.abs(mesh.points[:, :2] - (128, 128)).max(axis=1) < 2.5
        return int((near & (mesh.surface == Surface.MARKING)).sum()) > 8

    assert has_stripes("residential", "osm:n1")
    assert has_stripes("residential", "new:1.0")
    assert has_stripes("service", "new:1.0")
    assert not has_stripes("service", "osm:n1")


@pytest.mark.parametrize("terrain", [Terrain(), hills()], ids=["flat", "hills"])
def test_every_kind_of_way_makes_faultless_tiles(terrain: Terrain) -> None:
    lanes = (Lane("footway", 2.0), Lane("parking", 2.0), Lane("cycle", 1.6, "backward"), Lane("bus", 3.25, "backward"),
             Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"), Lane("cycle", 1.6, "forward"))  # fmt: skip
    full = road("osm:w1", [(10, 128), (128, 128), (500, 150)], lanes=lanes, category="secondary")
    things: list[Feature] = [
        full,
        road("osm:w2", [(128, 10), (128, 128), (200, 470)], category="tertiary"),
        road("osm:w3", [(128, 128), (160, 470)]),
        road("osm:w4", [(40, 300), (400, 310)], bridge=True, layer=1),
        road("osm:w5", [(300, 150), (420, 400)], tunnel=True, layer=-1),
        road("osm:w6", [(300, 60), (300, 150)], category="steps", lanes=(Lane("footway", 2.0),)),
        replace(road("osm:w7", [(10, 200), (400, 200)], category="cycleway"), lanes=(Lane("cycle", 2.5, "forward"),)),
        Rail(id="osm:w8", source="osm", geometry=shapely.LineString([(10, 132), (500, 152)]), category="tram"),
        Rail(id="osm:w9", source="osm", geometry=shapely.LineString([(10, 400), (500, 410)]), category="rail"),
        Paving(id="osm:w10", source="osm", geometry=shapely.box(200, 300, 300, 400), category="square"),
        Furniture(id="osm:n1", source="osm", geometry=shapely.Point(128, 128), category="traffic_signals"),
        Furniture(id="osm:n2", source="osm", geometry=shapely.Point(110, 128), category="crossing"),
    ]
    tiles = build(city(*things, terrain=terrain))
    assert {tile.key: check_glb(tile.content) for tile in tiles.by_key.values()} == {key: [] for key in tiles.by_key}
    seen = {id for tile in tiles.by_key.values() for id in tile.features}
    assert {thing.id for thing in things if isinstance(thing, Road | Rail | Paving)} <= seen


def test_a_bridge_over_a_road_over_a_tunnel_is_three_ways_one_above_the_other() -> None:
    bridge = road("osm:w1", [(30, 100), (230, 100)], bridge=True, layer=1)
    street = road("osm:w2", [(128, 20), (128, 180)])
    tunnel = road("osm:w3", [(60, 40), (200, 170)], tunnel=True, layer=-1)
    of = city(bridge, street, tunnel)
    mesh = drawn(of)
    here = (np.abs(mesh.points[:, 0] - 128) < 30) & (np.abs(mesh.points[:, 1] - 100) < 15)
    assert not (here & (mesh.slot == 2)).any()  # the tunnel shows its mouths and nothing between
    assert mesh.points[mesh.slot == 1, 2].max() < 0.1
    soffit = mesh.points[here & (mesh.slot == 0) & (mesh.surface == Surface.MASONRY), 2]
    assert np.median(soffit) > 4.0
    assert {key: check_glb(tile.content) for key, tile in build(of).by_key.items() if check_glb(tile.content)} == {}


def test_streets_that_meet_at_a_very_acute_angle_cover_the_ground_once() -> None:
    """Arms four degrees apart overlap for tens of metres; all that faces up still adds up to the leaf."""
    fork = [road("osm:w1", [(20, 128), (60, 128)]), road("osm:w2", [(60, 128), (240, 128)]),
            road("osm:w3", [(60, 128), (240, 140.6)])]  # fmt: skip
    mesh = drawn(city(*fork))
    lying = mesh.triangles[~np.isin(mesh.surface[mesh.triangles[:, 0]], [Surface.MARKING, Surface.KERB])]
    a, b, c = (mesh.points[lying[:, k], :2] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert doubled.min() > 0.0
    assert doubled.sum() / 2 == pytest.approx(256.0**2, rel=1e-6)
