"""What proposals cost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from citiverse.city.city import City
from citiverse.proposal.cost import Cost, PricesInvalid, cost_of, costs_of, prices_for, prices_of, usual_prices
from citiverse.proposal.edit import parse_edit

Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]


def cost(city: City, **edit: object) -> Cost:
    return cost_of(parse_edit(edit).apply(city), usual_prices())


def works(city: City, **edit: object) -> dict[str, float]:
    found = cost(city, **edit)
    return {work.name: work.amount for work in (*(item.work for item in found.items), *found.unpriced)}


def test_every_price_names_its_source_and_year() -> None:
    prices = usual_prices()
    assert (prices.currency, prices.date) == ("EUR", "2026-11")
    for price in prices.of.values():
        assert 0 < price.low <= price.high
        assert price.url.startswith("http")
        assert 2000 <= price.year <= 2026


def test_trees_cost_by_the_piece(town: City, here: Here) -> None:
    found = cost(town, verb="plant_trees", points=here((30, 320), (40, 320), (50, 320)))
    assert (found.low, found.high) == (4500, 24000)
    assert found.sentence == "About 4,500 to 24,000 EUR."


def test_a_house_costs_by_its_floor_and_fells_what_it_must(town: City, block: Block) -> None:
    made = works(town, verb="add_building", footprint=block(40, 390, 80, 410), levels=3)
    assert made == {"building put up": pytest.approx(2400, rel=1e-3), "tree felled": 1.0}


def test_a_house_taken_down_costs_by_its_floor(town: City) -> None:
    assert works(town, verb="demolish_building", building="osm:w20") == {"building taken down": 2400 * 5}
    assert works(town, verb="reshape_building", building="osm:w20", levels=6) == {"building put up": 2400}


def test_a_stretch_costs_by_its_own_length(town: City, here: Here) -> None:
    slow = {"verb": "set_speed", "road": "osm:w1", "speed_kmh": 20}
    assert works(town, **slow) == {"speed limit changed": 512.0}
    assert works(town, **slow, between=here((100, 100), (200, 100))) == {"speed limit changed": 100.0}
    closed = cost(town, verb="close_road", road="osm:w1")
    assert (closed.low, closed.high) == (1200, 5600)
    assert closed.sentence == "About 1,200 to 5,600 EUR."


def test_a_road_costs_by_its_ground_when_it_comes_and_when_it_goes(town: City, here: Here) -> None:
    made = works(town, verb="add_road", line=here((150, 100), (150, 20)), kind="footway")
    assert made == {"street built": pytest.approx(200, rel=1e-3)}
    gone = {"verb": "remove_road", "road": "osm:w1", "between": here((100, 100), (200, 100))}
    assert works(town, **gone) == {"street removed": 1150.0}
    assert cost(town, **gone).sentence == "About 21,000 to 69,000 EUR."


def test_what_has_no_price_is_named_beside_what_has(town: City, block: Block) -> None:
    deep = cost(town, verb="renovate_building", building="osm:w20", standard="deep", solar=True)
    assert [item.work.name for item in deep.items] == ["deep renovation", "solar panels"]
    alone = cost(town, verb="renovate_building", building="osm:w20", standard="light")
    assert (alone.low, alone.high) == (None, None)
    assert alone.sentence == "No price is known for light renovation."
    light = cost(town, verb="renovate_building", building="osm:w20", standard="light", solar=True)
    assert light.sentence.endswith("EUR, without light renovation, for which no price is known.")
    assert light.low == pytest.approx(light.items[0].work.amount * light.items[0].price.low, rel=0.05)
    assert works(town, verb="add_park", area=block(20, 310, 60, 350), kind="forest") == {
        "forest laid out": pytest.approx(1600, rel=1e-3)
    }


def test_what_is_taken_back_costs_nothing_in_all(town: City) -> None:
    edits = [parse_edit({"verb": verb, "road": "osm:w1", "to": ["car"]}) for verb in ("close_road", "open_road")]
    found = costs_of(town, edits, usual_prices())
    assert [each.sentence for each in found.edits] == ["About 1,200 to 5,600 EUR."] * 2
    assert found.total.sentence == "It costs nothing to build."


def test_a_scene_replaces_prices(town: City, here: Here, tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "town.toml").write_text(
        'title = "Town"\ndate = "2027"\ncurrency = "EUR"\n[price."tree planted"]\nunit = "tree"\n'
        'low = 10\nhigh = 20\nyear = 2027\nsource = "Our gardener"\n'
    )
    prices = prices_for("town", tmp_path)
    change = parse_edit({"verb": "plant_trees", "points": here((30, 320))}).apply(town)
    assert (cost_of(change, prices).low, cost_of(change, prices).high) == (10, 20)
    assert "bench" in prices.of
    assert prices_for("other", tmp_path) == usual_prices()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"unit": "tree", "low": 3, "high": 2, "year": 2020, "source": "x"}, "low above its high"),
        ({"unit": "tree", "low": -3, "high": 2, "year": 2020, "source": "x"}, "needs low"),
        ({"unit": "tree", "low": float("nan"), "high": 2, "year": 2020, "source": "x"}, "needs low"),
        ({"unit": "tree", "low": 1, "high": 2, "year": 2020}, "needs source"),
        ({"unit": "tree", "low": 1, "high": 2, "year": 2020, "source": "x", "tax": 3}, "'tax' is not known"),
        (7, "should be a table"),
    ],
)
def test_a_faulty_table_says_where(said: object, sentence: str) -> None:
    table = {"title": "t", "date": "2026", "currency": "EUR", "price": {"tree planted": said}}
    with pytest.raises(PricesInvalid, match=sentence):
        prices_of(table, name="town.toml")


def test_other_money_does_not_mix() -> None:
    pounds = prices_of({"title": "t", "date": "2026", "currency": "GBP"}, name="town.toml", usual=usual_prices())
    assert not pounds.of
