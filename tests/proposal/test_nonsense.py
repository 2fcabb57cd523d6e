"""Every field of every verb against every kind of nonsense: refused, with a sentence that a citizen can read."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from shapely import box

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.model import Model
from citiverse.proposal.edit import VERBS, EditInvalid, EditRefused, parse_edit
from citiverse.proposal.forms import Form, FormField, forms

Document = dict[str, object]
Here = Callable[..., list[list[float]]]
Block = Callable[..., list[list[list[float]]]]

FORMS: dict[str, Form] = {form.verb: form for form in forms()}
NUMBERS: list[object] = [math.nan, math.inf, -math.inf, -1e9, 1e12, 10**400, "3", True, [3], {}]
WRONG_KIND = {"road": "osm:w20", "building": "osm:w1", "green": "osm:w1", "thing": "osm:w1"}
BOX = Model(
    "Box",
    np.array([(x, y, z) for x in (-2, 2) for y in (-2, 2) for z in (0, 3)], dtype=np.float32),
    np.array([(0, 1, 2), (5, 6, 7)], dtype=np.int32),
    np.zeros((8, 3), dtype=np.uint8),
    box(-2, -2, 2, 2),
)


@pytest.fixture(scope="session")
def town(town: City) -> City:
    """The town with a model to place, and a street that is closed to cars."""
    street = town.road("osm:w2")
    quiet = replace(street, modes=street.modes - {"car"})
    return replace(town.with_change(Change({street.id: street}, {street.id: quiet})), models={BOX.id: BOX})


@pytest.fixture(scope="module")
def good(here: Here, block: Block) -> dict[str, Document]:
    """One edit of each verb that the town takes."""
    (spot,), (at,) = here((30, 330)), here((250, 100))
    field = block(20, 310, 80, 370)
    lanes = [{"kind": "footway", "width_m": 2.5}, {"kind": "car", "width_m": 3.0}, {"kind": "footway", "width_m": 2.5}]
    return {
        "close_road": {"road": "osm:w1", "to": ["car"]},
        "open_road": {"road": "osm:w2", "to": ["car"]},
        "set_speed": {"road": "osm:w1", "speed_kmh": 20},
        "set_direction": {"road": "osm:w1", "direction": "forward"},
        "set_lanes": {"road": "osm:w1", "lanes": lanes},
        "set_surface": {"road": "osm:w1", "surface": "sett"},
        "block_road": {"road": "osm:w1", "at": at},
        "add_crossing": {"road": "osm:w1", "at": at, "kind": "zebra"},
        "add_road": {"line": here((20, 310), (20, 104)), "kind": "footway"},
        "remove_road": {"road": "osm:w2"},
        "add_park": {"area": field},
        "reshape_green": {"green": "osm:w30", "area": block(120, 220, 170, 270)},
        "remove_green": {"green": "osm:w30"},
        "plant_trees": {"points": [spot]},
        "remove_trees": {"trees": ["osm:n40"]},
        "add_water": {"area": field},
        "unseal": {"area": block(222, 222, 270, 270)},
        "add_building": {"footprint": field, "levels": 3},
        "reshape_building": {"building": "osm:w21", "levels": 6},
        "change_use": {"building": "osm:w20", "use": "apartments"},
        "renovate_building": {"building": "osm:w21", "solar": True},
        "demolish_building": {"building": "osm:w21"},
        "place_model": {"model": BOX.id, "at": spot, "heading_deg": 0},
        "add_barrier": {"line": here((20, 310), (60, 310)), "kind": "noise", "height_m": 3},
        "add_furniture": {"kind": "bench", "at": spot},
        "add_stop": {"at": here((250, 106))[0], "kind": "bus"},
        "remove_thing": {"thing": "osm:n42"},
    }


FEATURE: list[object] = ["", 7, "x" * 300, "osm:w99999", ["osm:w1"], {}, "a\x00b"]
POINTED: dict[str, list[object]] = {
    **{gesture: [*FEATURE, wrong] for gesture, wrong in WRONG_KIND.items()},
    "trees": [[], ["osm:w1"], ["osm:n99999"], "osm:n40", [7], ["x"] * 10_000],
    "position": [[], [24.0], [math.nan, 60.0], [24.0, 95.0], [0.0, 0.0], "here", {"lon": 24, "lat": 60}, [[1, 2]]],
    "points": [[], [[0.0, 0.0]], [[24.93, 60.17]] * 10_000, [[math.inf, 0.0]], "here", [[24.0]]],
    "line": [[], [[24.93, 60.17]], [[24.93, 60.17]] * 2, [[24.93, 60.17]] * 10_000, [[0.0, 0.0], [1.0, 1.0]], 3],
    "area": [
        [], [[]], [[[24.0, 60.0]] * 3], [[[24.0, 60.0]] * 10_000], [[[24.0, 60.0]] * 5], {"type": "Polygon"},
        [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]],
    ],
    "between": [[], [[24.0, 60.0]], [[24.0, 60.0]] * 3, "all", [[24.0, 60.0], [24.0, math.nan]]],
}  # fmt: skip
OTHERS: dict[str, list[object]] = {
    "number": NUMBERS,
    "whole": [*NUMBERS, 2.5],
    "choice": ["nonsense", 3, [], {}, True],
    "choices": [["nonsense"], "car", [3], {}],
    "text": ["x" * 1_000_000, "a\x00b", 7, [], {}],
    "texts": [["x"] * 10_000, [7], "x", ["x" * 1_000_000]],
    "flag": [1, "true", 0.5, []],
    "list": [
        [], "x", [7], [{}], [{"kind": "car", "width_m": -3}], [{"kind": "car", "width_m": 15}] * 20,
        [{"kind": "car", "width_m": 3}] * 10_000,
    ],
}  # fmt: skip


def nonsense_for(field: FormField) -> list[object]:
    """Values that no field of this kind takes."""
    found = POINTED[field.gesture] if field.kind == "gesture" else OTHERS[field.kind]
    beyond = [field.least - 0.01] if field.least is not None else []
    return [*found, *beyond, *([field.most + 1.0] if field.most is not None else [])]


def cases() -> Iterator[tuple[str, str, int]]:
    for verb, form in FORMS.items():
        for field in form.fields:
            for number in range(len(nonsense_for(field))):
                yield verb, field.name, number


def refused(city: City, document: Document) -> str | None:
    try:
        parse_edit(document).apply(city)
    except (EditInvalid, EditRefused) as sentence:
        return str(sentence)
    return None


def test_there_is_a_good_edit_of_every_verb(town: City, good: dict[str, Document]) -> None:
    assert good.keys() == VERBS.keys()
    for verb, fields in good.items():
        why = refused(town, {"verb": verb, **fields})
        assert why is None, f"{verb}: {why}"


@pytest.mark.parametrize(("verb", "name", "number"), list(cases()))
def test_nonsense_in_any_field_is_refused(
    town: City, good: dict[str, Document], verb: str, name: str, number: int
) -> None:
    field = next(each for each in FORMS[verb].fields if each.name == name)
    value = nonsense_for(field)[number]
    why = refused(town, {"verb": verb, **good[verb], name: value})
    assert why is not None, f"{verb} takes {name} = {str(value)[:80]}"
    assert why.endswith(".")
    assert len(why) < 700
    assert "Traceback" not in why


@pytest.mark.parametrize("verb", VERBS)
def test_what_lacks_a_field_has_one_too_many_or_is_null_is_refused(
    town: City, good: dict[str, Document], verb: str
) -> None:
    for field in FORMS[verb].fields:
        if field.required:
            without = {key: value for key, value in good[verb].items() if key != field.name}
            assert refused(town, {"verb": verb, **without}), field.name
            assert refused(town, {"verb": verb, **good[verb], field.name: None}), field.name
    assert refused(town, {"verb": verb, **good[verb], "colour": "red"})
    assert refused(town, {"verb": verb})


AREAS = {
    "add_park": "area",
    "add_water": "area",
    "unseal": "area",
    "add_building": "footprint",
    "reshape_green": "area",
}


@pytest.mark.parametrize("verb", AREAS)
def test_areas_that_cross_themselves_or_are_too_large_or_leave_the_scene_are_refused(
    town: City, good: dict[str, Document], here: Here, block: Block, verb: str
) -> None:
    bow = [here((20, 310), (80, 370), (80, 310), (20, 370), (20, 310))]
    far = [[[24.0, 60.0], [24.1, 60.0], [24.1, 60.1], [24.0, 60.1], [24.0, 60.0]]]
    half_out = block(-300, 310, 80, 370)
    whole = block(1, 1, 511, 511)
    hole_outside = [*block(20, 310, 80, 370), *block(200, 310, 230, 340)]
    thin = block(20, 310, 20.0005, 370)
    for area in (bow, far, half_out, whole, hole_outside, thin):
        why = refused(town, {"verb": verb, **good[verb], AREAS[verb]: area})
        assert why is not None, f"{verb} takes {area}"
        assert why.endswith(".")


@pytest.mark.parametrize("verb", ["add_road", "add_barrier"])
def test_lines_that_leave_the_scene_are_refused(town: City, good: dict[str, Document], here: Here, verb: str) -> None:
    for points in ([(20, 310), (20, 5_000)], [(-900, -900), (-800, -900)]):
        why = refused(town, {"verb": verb, **good[verb], "line": here(*points)})
        assert why is not None
        assert "outside" in why


def test_scripts_in_names_stay_text(town: City, here: Here) -> None:
    script = "<script>alert('x')</script>"
    edit = parse_edit({"verb": "add_road", "line": here((20, 310), (20, 104)), "name": script})
    assert script in edit.describe(town.with_change(edit.apply(town)))
    assert np.isfinite(edit.apply(town).bounds).all()  # type: ignore[arg-type]
