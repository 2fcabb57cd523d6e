"""Green, water and open ground; walls, furniture and stops; new uses of houses."""

from collections.abc import Callable

import pytest
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Barrier, Feature, Furniture, GreenArea, Paving, Stop, Tree, Water
from citiverse.proposal.edit import EditRefused, parse_edit

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit(edit).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        parse_edit(edit).apply(city)
    return str(refused.value)


def made(city: City) -> Feature:
    (feature,) = [each for each in city.features() if each.id.startswith("new:")]
    return feature


def test_single_trees_are_felled_and_all_in_an_area(town: City, block: Block) -> None:
    assert after(town, verb="remove_trees", trees=["osm:n40"]).get("osm:n40") is None
    assert list(after(town, verb="remove_trees", area=block(0, 210, 200, 410)).all(Tree)) == []
    assert refusal(town, verb="remove_trees", area=block(0, 210, 20, 410)) == "No tree stands in this area."
    assert "not a tree" in refusal(town, verb="remove_trees", trees=["osm:n40", "osm:w20"])
    assert parse_edit({"verb": "remove_trees", "trees": ["a", "b", "a"]}).describe(town) == "Fell 2 trees"


def test_a_park_is_given_up_and_its_trees_stay(town: City) -> None:
    city = after(town, verb="remove_green", green="osm:w30")
    assert city.get("osm:w30") is None
    assert city.get("osm:n40") == town.get("osm:n40")
    assert refusal(town, verb="remove_green", green="osm:w31") == "Market is paved ground, not a park or other green."


def test_a_park_gets_a_new_outline_and_keeps_its_name(town: City, block: Block) -> None:
    city = after(town, verb="reshape_green", green="osm:w30", area=block(120, 220, 230, 280))
    park = city.one("osm:w30", GreenArea)
    assert park.name == "Old Park"
    assert park.geometry.area == pytest.approx(110 * 60, rel=1e-3)
    assert city.one("osm:w31", Paving).geometry.area == pytest.approx(50 * 60, rel=1e-3)
    same = refusal(town, verb="reshape_green", green="osm:w30", area=block(120, 220, 180, 280))
    assert same == "Old Park already has this outline."
    assert "only buildings" in refusal(town, verb="reshape_green", green="osm:w30", area=block(130, 130, 170, 150))


def test_a_pond_takes_the_ground_and_the_trees_on_it(town: City, block: Block) -> None:
    city = after(town, verb="add_water", area=block(140, 240, 160, 260), depth_m=2)
    pond = made(city)
    assert isinstance(pond, Water)
    assert (pond.depth_m, pond.category) == (2.0, "pond")
    assert city.get("osm:n40") is None
    assert not shapely.overlaps(city.one("osm:w30", GreenArea).geometry, pond.geometry)


def test_a_pond_is_refused_where_something_stands(town: City, block: Block) -> None:
    assert "lie on 200 m² of Forum" in refusal(town, verb="add_water", area=block(170, 140, 190, 170))
    assert "of the sea" in refusal(town, verb="add_water", area=block(430, 310, 460, 340))
    assert "of Main Street" in refusal(town, verb="add_water", area=block(20, 90, 40, 110))


@pytest.mark.parametrize(("surface", "kind"), [("grass", GreenArea), ("planting", GreenArea), ("gravel", Paving)])
def test_sealed_ground_is_opened(town: City, block: Block, surface: str, kind: type[Feature]) -> None:
    area = block(230, 230, 250, 250)
    city = after(town, verb="unseal", area=area, surface=surface)
    assert isinstance(made(city), kind)
    assert city.one("osm:w31", Paving).geometry.area == pytest.approx(3200, rel=1e-3)
    assert "already" in refusal(city, verb="unseal", area=area, surface=surface)


def test_a_house_gets_another_use(town: City) -> None:
    edit = {"verb": "change_use", "building": "osm:w20", "use": "apartments"}
    house = after(town, **edit).building("osm:w20")
    assert (house.use, house.homes, house.jobs) == ("apartments", round(2400 * 5 / 85), 0.0)
    assert {"homes", "jobs"} <= house.estimated
    told = after(town, **edit, homes=100, jobs=3).building("osm:w20")
    assert (told.homes, told.jobs, told.estimated) == (100.0, 3.0, frozenset())
    assert "don't fit" in refusal(town, **edit, jobs=40_000)
    assert refusal(town, **edit | {"use": "office"}) == "Forum is already in use so (office)."


@pytest.mark.parametrize(("kind", "category"), [("wall", "wall"), ("hedge", "hedge"), ("noise", "noise_barrier")])
def test_a_barrier_stands_along_its_line(town: City, here: Here, kind: str, category: str) -> None:
    edit = {"verb": "add_barrier", "line": here((20, 110), (80, 110)), "kind": kind, "height_m": 3}
    city = after(town, **edit)
    barrier = made(city)
    assert isinstance(barrier, Barrier)
    assert (barrier.category, barrier.height_m) == (category, 3.0)
    assert "would run into" in refusal(city, **edit)


def test_a_barrier_crosses_nothing(town: City, here: Here) -> None:
    def across(*points: tuple[float, float]) -> str:
        return refusal(town, verb="add_barrier", line=here(*points))

    assert across((50, 90), (50, 110)) == "The wall would run into Main Street."
    assert "Forum" in across((110, 140), (150, 140))
    assert "the sea" in across((430, 350), (460, 350))
    assert "Line 3" in across((20, 40), (20, 60))
    assert "crosses itself" in across((10, 300), (60, 340), (60, 300), (10, 340))
    assert "has no length" in across((10, 300), (10, 300))
    assert after(town, verb="add_barrier", line=here((110, 120), (180, 120)))


def test_a_bench_stands_beside_the_traffic(town: City, here: Here) -> None:
    edit = {"verb": "add_furniture", "kind": "bench", "at": here((50, 104.5))[0], "heading_deg": 90}
    bench = made(after(town, **edit))
    assert isinstance(bench, Furniture)
    assert (bench.category, bench.heading_deg) == ("bench", 90.0)
    assert refusal(after(town, **edit), **edit) == "There is a bench already."
    on_the_road = refusal(town, **edit | {"at": here((50, 98))[0]})
    assert on_the_road == "There is no place for a bench on the carriageway of Main Street."
    assert "in Forum" in refusal(town, **edit | {"at": here((150, 140))[0]})
    assert after(town, **edit | {"at": here((50, 98))[0], "kind": "bollard"})


def test_a_stop_needs_what_its_vehicles_run_on(town: City, here: Here) -> None:
    tram = made(after(town, verb="add_stop", at=here((200, 53))[0], kind="tram", lines=["2", "4"]))
    assert isinstance(tram, Stop)
    assert (tram.category, tram.lines) == ("tram", ("2", "4"))
    assert made(after(town, verb="add_stop", at=here((438, 350))[0], kind="ferry"))
    far = here((200, 400))[0]
    assert refusal(town, verb="add_stop", at=far) == "There is no street that buses may use within 25 m."
    assert refusal(town, verb="add_stop", at=here((155, 106))[0]) == "The bus stop Town Hall is 5.0 m from there."


def test_small_things_are_taken_away_and_large_ones_are_not(town: City) -> None:
    for thing in ("osm:n42", "osm:n44"):
        assert after(town, verb="remove_thing", thing=thing).get(thing) is None
    forum = refusal(town, verb="remove_thing", thing="osm:w20")
    assert forum == "Forum is a building, not furniture, a barrier or a stop."
    assert "nothing with the id" in refusal(town, verb="remove_thing", thing="osm:n99")


def test_a_wide_street_beside_its_line_is_in_the_way(town: City, block: Block) -> None:
    pond = {"verb": "add_water", "area": block(20, 101.5, 40, 103)}
    assert refusal(town, **pond) == "The pond would lie on 30 m² of Main Street."
