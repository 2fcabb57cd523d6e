"""Edits as JSON: what is read, what is refused, and how the same checks reach FastAPI."""

import json
from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI

from citiverse.proposal.edit import VERBS, Edit, EditInvalid, canonical, edit_to_json, parse_edit
from citiverse.proposal.verbs.close_road import CloseRoad
from citiverse.proposal.verbs.set_speed import SetSpeed

SQUARE = [[[24.0, 60.0], [24.1, 60.0], [24.1, 60.1], [24.0, 60.1], [24.0, 60.0]]]
GOOD: list[dict[str, object]] = [
    {"verb": "close_road", "road": "osm:w1", "to": ["car"], "between": [[24.94, 60.17], [24.95, 60.17]]},
    {"verb": "set_speed", "road": "osm:w1", "speed_kmh": 30},
    {"verb": "plant_trees", "points": [[24.94, 60.17]], "genus": "Tilia"},
    {"verb": "plant_trees", "area": SQUARE, "per_ha": 100},
    {"verb": "add_park", "area": SQUARE, "kind": "garden", "clear": "all"},
    {"verb": "add_building", "footprint": SQUARE, "levels": 5, "use": "mixed"},
    {"verb": "reshape_building", "building": "osm:w1", "height_m": 20.5},
    {"verb": "demolish_building", "building": "osm:w1"},
    {"verb": "set_lanes", "road": "osm:w1", "lanes": [{"kind": "car", "width_m": 3, "direction": "forward"}]},
    {"verb": "add_road", "line": [[24.94, 60.17], [24.95, 60.17]], "bridge": True, "name": "Uusi <b>katu</b>"},
    {"verb": "add_stop", "at": [24.94, 60.17], "kind": "tram", "lines": ["2", "4"]},
    {"verb": "remove_trees", "trees": ["osm:n1", "osm:n2"]},
]
BAD: list[tuple[dict[str, object], str]] = [
    ({"verb": "fly"}, "verb"),
    ({}, "verb"),
    ({"verb": 3}, "verb"),
    ({"verb": ["close_road"]}, "verb"),
    ({"verb": "close_road"}, "road"),
    ({"verb": "close_road", "road": 7}, "road"),
    ({"verb": "close_road", "road": ""}, "road"),
    ({"verb": "close_road", "road": "x" * 201}, "road"),
    ({"verb": "close_road", "road": "a", "to": ["horse"]}, "to.0"),
    ({"verb": "close_road", "road": "a", "to": "car"}, "to"),
    ({"verb": "close_road", "road": "a", "to": []}, "to"),
    ({"verb": "close_road", "road": "a", "between": [[24.0, 60.0]]}, "between"),
    ({"verb": "close_road", "road": "a", "between": [[24.0, 60.0], [24.0, 95.0]]}, "between.1.1"),
    ({"verb": "close_road", "road": "a", "between": [[24.0, 60.0], [24.0, 60.0, 3.0]]}, "between.1"),
    ({"verb": "close_road", "road": "a", "when": "night"}, "when"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": float("nan")}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": float("inf")}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": 10**400}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": "30"}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": True}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": -30}, "speed_kmh"),
    ({"verb": "set_speed", "road": "a", "speed_kmh": None}, "speed_kmh"),
    ({"verb": "add_park", "area": [[[24.0, 60.0]] * 10_000]}, "area.0"),
    ({"verb": "add_park", "area": [[[24.0, 60.0]] * 3]}, "area.0"),
    ({"verb": "add_park", "area": []}, "area"),
    ({"verb": "add_park", "area": {"type": "Polygon"}}, "area"),
    ({"verb": "add_building", "footprint": SQUARE}, "levels"),
    ({"verb": "add_building", "footprint": SQUARE, "levels": 3, "height_m": 9}, "levels"),
    ({"verb": "add_building", "footprint": SQUARE, "levels": 2.5}, "levels"),
    ({"verb": "add_building", "footprint": SQUARE, "levels": 0}, "levels"),
    ({"verb": "reshape_building", "building": "a"}, "levels"),
    ({"verb": "reshape_building", "building": "a", "levels": 3, "height_m": 9}, "height_m"),
    ({"verb": "plant_trees", "points": []}, "points"),
    ({"verb": "plant_trees", "line": [[24.0, 60.0], [24.0, 60.1]]}, "spacing_m"),
    ({"verb": "plant_trees", "points": [[24.0, 60.0]], "area": SQUARE, "per_ha": 3}, "points"),
    ({"verb": "plant_trees", "points": [[24.0, 60.0]], "genus": "a\x00b"}, "genus"),
    ({"verb": "set_lanes", "road": "a", "lanes": []}, "lanes"),
    ({"verb": "set_lanes", "road": "a", "lanes": [{"kind": "car", "width_m": -3}]}, "lanes.0.width_m"),
    ({"verb": "set_lanes", "road": "a", "lanes": [{"kind": "car", "width_m": 3, "colour": 1}]}, "lanes.0.colour"),
    ({"verb": "set_lanes", "road": "a", "lanes": [{"kind": "car"}]}, "lanes.0.width_m"),
    ({"verb": "set_lanes", "road": "a", "lanes": ["car"]}, "lanes.0"),
    ({"verb": "set_lanes", "road": "a", "lanes": [{"kind": "car", "width_m": 3}] * 21}, "lanes"),
    ({"verb": "add_road", "line": [[24.0, 60.0]]}, "line"),
    ({"verb": "add_road", "line": [[24.0, 60.0], [24.1, 60.0]], "bridge": 1.5}, "bridge"),
    ({"verb": "add_road", "line": [[24.0, 60.0], [24.1, 60.0]], "name": "x" * 1_000_000}, "name"),
    ({"verb": "add_road", "line": [[24.0, 60.0]] * 10_000}, "line"),
    ({"verb": "remove_trees", "trees": []}, "trees"),
    ({"verb": "remove_trees"}, "trees"),
    ({"verb": "block_road", "road": "a", "at": [24.0]}, "at"),
    ({"verb": "block_road", "road": "a", "at": {"lon": 24.0, "lat": 60.0}}, "at"),
]


@pytest.mark.parametrize("document", GOOD, ids=json.dumps)
def test_what_is_written_is_read_again_as_the_same_edit(document: dict[str, object]) -> None:
    edit = parse_edit(document)
    assert parse_edit(json.loads(json.dumps(edit_to_json(edit)))) == edit
    assert edit_to_json(edit).items() >= {"verb": document["verb"]}.items()


@pytest.mark.parametrize(("document", "field"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_nonsense_is_refused_with_a_sentence_and_the_field(document: dict[str, object], field: str) -> None:
    with pytest.raises(EditInvalid) as refused:
        parse_edit(document)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("document", [None, 3, "close_road", [], [{"verb": "close_road"}]])
def test_what_is_no_object_is_no_edit(document: object) -> None:
    with pytest.raises(EditInvalid):
        parse_edit(document)


def test_spelling_does_not_change_the_canonical_bytes() -> None:
    one = parse_edit({"verb": "set_speed", "road": "osm:w1", "speed_kmh": 30})
    other = parse_edit({"between": None, "speed_kmh": 30.0, "road": "osm:w1", "verb": "set_speed"})
    assert canonical(one) == canonical(other) == b'{"road":"osm:w1","speed_kmh":30.0,"verb":"set_speed"}'
    assert canonical(one) != canonical(SetSpeed(road="osm:w1", speed_kmh=31.0))


def test_every_verb_is_in_the_table_under_its_own_name() -> None:
    assert VERBS["close_road"] is CloseRoad
    for name, kind in VERBS.items():
        assert kind.__module__ == f"citiverse.proposal.verbs.{name}"


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()

    @app.post("/edits")
    def post(edit: Annotated[Edit, Body(discriminator="verb")]) -> bytes:
        return canonical(edit)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://town")


@pytest.mark.parametrize("document", GOOD, ids=json.dumps)
async def test_fastapi_reads_the_same_edits(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    answer = await client.post("/edits", json=document)
    assert answer.status_code == 200, answer.text
    assert answer.json().encode() == canonical(parse_edit(document))


# What pydantic reads kindly ("30" as 30), and numbers that are not JSON, are left out.
REFUSED_BY_FASTAPI = [
    document for document, field in BAD if repr(document.get(field)) not in ("nan", "inf", "'30'", "True", r"'a\x00b'")
]


@pytest.mark.parametrize("document", REFUSED_BY_FASTAPI, ids=[str(n) for n in range(len(REFUSED_BY_FASTAPI))])
async def test_fastapi_refuses_the_same_nonsense(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    answer = await client.post("/edits", json=document)
    assert answer.status_code == 422, answer.text


async def test_bounds_and_choices_stand_in_the_openapi_document(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    speed = schemas["SetSpeed"]["properties"]["speed_kmh"]
    assert (speed["minimum"], speed["maximum"]) == (5, 130)
    assert schemas["AddPark"]["properties"]["clear"]["enum"] == ["nothing", "roads", "buildings", "all"]
    assert all(schemas[kind.__name__]["additionalProperties"] is False for kind in VERBS.values())
