"""Files of edits, histories, taking back."""

import json
from collections.abc import Callable

import pytest

from citiverse.city.city import City
from citiverse.proposal.edit import EditInvalid, EditRefused, parse_edit
from citiverse.proposal.scenario import apply_all, read_scenario, scenario_to_json, take_back

Here = Callable[..., list[list[float]]]

CLOSE = {"verb": "close_road", "road": "osm:w1"}
SLOW = {"verb": "set_speed", "road": "osm:w1", "speed_kmh": 20}


def test_a_bare_array_and_a_document_say_the_same(town: City) -> None:
    bare = read_scenario(json.dumps([CLOSE, SLOW]))
    full = read_scenario(json.dumps({"scene": "town", "base": "abc", "edits": [CLOSE, SLOW], "title": "more"}))
    assert bare.edits == full.edits
    assert (full.scene, full.base) == ("town", "abc")
    assert read_scenario(json.dumps(scenario_to_json(full))) == full
    city, change = apply_all(town, full.edits)
    assert city.road("osm:w1").speed_kmh == 20.0
    assert change.ids == ("osm:w1",)


@pytest.mark.parametrize(
    "text",
    ["", "{", "3", "null", '{"edits": 3}', "{}", '[{"verb": "fly"}]', "[3]", "[" * 100_000, b"\xff\xfe\x00",
     '{"edits": [], "scene": 3}',
     '[{"verb": "set_speed", "road": "a", "speed_kmh": NaN}]', json.dumps([CLOSE] * 10_001)],
    ids=range(13),
)  # fmt: skip
def test_a_file_that_holds_no_edits_is_refused_with_a_sentence(text: str | bytes) -> None:
    with pytest.raises(EditInvalid, match=r"\.$"):
        read_scenario(text)


def test_the_edit_at_fault_is_named() -> None:
    with pytest.raises(EditInvalid, match=r"^Edit 2: speed_kmh must be at most 130") as invalid:
        read_scenario(json.dumps([CLOSE, SLOW | {"speed_kmh": 900}]))
    assert invalid.value.field == "edits.1.speed_kmh"


def test_a_refusal_names_the_edit_by_number(town: City) -> None:
    with pytest.raises(EditRefused, match=r"^Edit 3 \(Close Main Street to cars and lorries\): Main Street is already"):
        apply_all(town, [parse_edit(each) for each in (CLOSE, SLOW, CLOSE)])


def test_what_someone_changed_again_is_not_taken_back(town: City) -> None:
    slower = parse_edit(SLOW).apply(town)
    city = town.with_change(slower)
    city = city.with_change(parse_edit(SLOW | {"speed_kmh": 10}).apply(city))
    with pytest.raises(EditRefused, match=r"changed this again since \(Main Street\)"):
        take_back(city, slower)


def test_a_thousand_edits_replay_in_seconds(town: City) -> None:
    edits = [parse_edit(SLOW | {"speed_kmh": 10 + n % 50, "road": f"osm:w{1 + n % 3}"}) for n in range(1000)]
    city, change = apply_all(town, edits)
    assert len(change.ids) == 3
    assert city.road("osm:w1").speed_kmh == 10 + 999 % 50
