"""Whatever someone sends: a sentence and a 4xx, and the server goes on."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiverse.proposal.edit import VERBS
from tests.server.town import Served

OK = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
JSON = {"Content-Type": "application/json"}


def ring(n: int, lon: float = 24.9414, lat: float = 60.1703, size: float = 0.0001) -> list[list[float]]:
    import math

    points = [
        [lon + size * math.cos(2 * math.pi * k / n), lat + size * math.sin(2 * math.pi * k / n)] for k in range(n)
    ]
    return [*points, points[0]]


def box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def building(footprint: object, **more: object) -> dict[str, object]:
    return {"verb": "add_building", "footprint": footprint, "levels": 3, "use": "office", **more}


HOUSE = box(24.9414, 60.1703, 24.9416, 60.1706)
NONSENSE: dict[str, object] = {
    "unknown verb": {"verb": "fly"},
    "no verb": {"road": "osm:w10"},
    "verb of another kind": {"verb": 7},
    "verb in a list": {"verb": ["set_speed"]},
    "unknown field": {**OK, "colour": "red"},
    "missing field": {"verb": "set_speed", "road": "osm:w10"},
    "unknown road": {**OK, "road": "osm:w404"},
    "a building for a road": {**OK, "road": "osm:w101"},
    "an empty id": {**OK, "road": ""},
    "an id of a megabyte": {**OK, "road": "w" * 900_000},
    "a number as text": {**OK, "speed_kmh": "20"},
    "a truth for a number": {**OK, "speed_kmh": True},
    "nothing for a number": {**OK, "speed_kmh": None},
    "too fast": {**OK, "speed_kmh": 5000},
    "backwards": {**OK, "speed_kmh": -20},
    "a bow tie": building(
        [[[24.9414, 60.1703], [24.9416, 60.1706], [24.9416, 60.1703], [24.9414, 60.1706], [24.9414, 60.1703]]]
    ),
    "ten thousand corners": building([ring(10_000)]),
    "two corners": building([[[24.9414, 60.1703], [24.9416, 60.1703]]]),
    "no corners": building([[]]),
    "no rings": building([]),
    "a point": building([[[24.9414, 60.1703]] * 4]),
    "a line": building([[[24.9414, 60.1703], [24.9416, 60.1703], [24.9414, 60.1703], [24.9414, 60.1703]]]),
    "the far side of the globe": building(box(-155.0, -60.2, -154.999, -60.199)),
    "the pole": building(box(0.0, 89.9, 1.0, 90.0)),
    "off the globe": building(box(500.0, 60.0, 501.0, 61.0)),
    "latitude before longitude": building(box(60.1703, 24.9414, 60.1706, 24.9416)),
    "around the world": building(box(-180.0, -90.0, 180.0, 90.0)),
    "on a street": building(box(24.9399, 60.16995, 24.9401, 60.17005)),
    "over another building": building(box(24.9405, 60.1702, 24.9414, 60.1707)),
    "smaller than a shoe": building(box(24.9414, 60.1703, 24.94140000001, 60.17030000001)),
    "a thousand storeys": building(HOUSE, levels=1000),
    "storeys and height": building(HOUSE, height_m=10),
    "neither storeys nor height": {"verb": "add_building", "footprint": HOUSE, "use": "office"},
    "an unknown use": building(HOUSE, use="volcano"),
    "coordinates as text": building([[["24.94", "60.17"]] * 4]),
    "three coordinates": building([[[24.9414, 60.1703, 5.0]] * 4]),
    "a geometry of its own": building({"type": "Polygon", "coordinates": HOUSE}),
    "a park around the whole city": {"verb": "add_park", "area": box(24.90, 60.15, 24.98, 60.19), "kind": "park"},
    "a park around the continent": {"verb": "add_park", "area": box(-10, 35, 40, 70), "kind": "park"},
    "no trees": {"verb": "plant_trees", "points": []},
    "a tree in America": {"verb": "plant_trees", "points": [[-74.0, 40.7]]},
    "trees by two ways": {"verb": "plant_trees", "points": [[24.9414, 60.1703]], "area": HOUSE, "per_ha": 10},
    "a closed road for spaceships": {"verb": "close_road", "road": "osm:w10", "to": ["rocket"]},
    "a closed road for nobody": {"verb": "close_road", "road": "osm:w10", "to": []},
    "between points elsewhere": {**OK, "between": [[0, 0], [1, 1]]},
    "between one point": {**OK, "between": [[24.94, 60.17]]},
    "demolish what is not there": {"verb": "demolish_building", "building": "osm:w404"},
    "reshape nothing": {"verb": "reshape_building", "building": "osm:w101"},
    "an edit in an edit": {"verb": {"verb": "set_speed"}},
}
BODIES: dict[str, tuple[bytes, int]] = {
    "not a number": (b'{"verb":"set_speed","road":"osm:w10","speed_kmh":NaN}', 400),
    "infinity": (b'{"verb":"set_speed","road":"osm:w10","speed_kmh":Infinity}', 400),
    "minus infinity": (b'{"verb":"set_speed","road":"osm:w10","speed_kmh":-Infinity}', 400),
    "a number beyond floats": (b'{"verb":"set_speed","road":"osm:w10","speed_kmh":1e999}', 400),
    "a number of 5,000 digits": (b'{"verb":"set_speed","road":"osm:w10","speed_kmh":' + b"9" * 5000 + b"}", 400),
    "a hundred thousand brackets": (b"[" * 100_000, 400),
    "deep but closed": (b'{"verb":' + b"[" * 200 + b"]" * 200 + b"}", 400),
    "a name twice": (b'{"verb":"set_speed","verb":"close_road","road":"osm:w10","speed_kmh":20}', 400),
    "half a surrogate": (b'{"verb":"set_speed","road":"\\ud800","speed_kmh":20}', 400),
    "not Unicode": (b'{"verb":"set_speed","road":"\xff\xfe","speed_kmh":20}', 400),
    "another language": (b"verb=set_speed&road=osm:w10", 400),
    "cut off": (b'{"verb":"set_spe', 400),
    "nothing": (b"", 400),
    "a list": (b"[]", 400),
    "a text": (b'"set_speed"', 400),
    "null": (b"null", 400),
    "a zero byte": (b'{"verb":"set_speed\\u0000","road":"osm:w10","speed_kmh":20}', 422),
    "too much": (b" " * (1 << 20) + b"{}", 413),
}


@pytest.fixture(scope="module")
def proposal(server: Served) -> str:
    return server.proposal("Nonsense")


def refused(answer: Any, *statuses: int) -> str:  # noqa: ANN401 httpx.Response
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    detail = str(document["detail"])
    assert 10 < len(detail) < 600
    assert detail[-1] in ".!?"
    assert "Traceback" not in detail
    return detail


@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_nonsensical_edit_is_refused_in_a_sentence(server: Served, proposal: str, name: str, query: str) -> None:
    refused(server.http.post(f"/api/proposals/{proposal}/edits{query}", json=NONSENSE[name]), 422)
    assert server.http.get(f"/api/proposals/{proposal}").json()["seq"] == 0


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused_in_a_sentence(server: Served, proposal: str, name: str) -> None:
    body, status = BODIES[name]
    refused(server.http.post(f"/api/proposals/{proposal}/edits", content=body, headers=JSON), status)


def test_a_form_is_not_json(server: Served, proposal: str) -> None:
    refused(server.http.post(f"/api/proposals/{proposal}/edits", data={"verb": "set_speed"}), 415)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/proposals/unknown/edits", 404),
        ("POST", "/api/proposals/unknown/undo", 404),
        ("GET", "/api/proposals/unknown", 404),
        ("GET", "/api/proposals/unknown/impacts", 404),
        ("GET", "/api/proposals/" + "x" * 5000, 404),
        ("GET", "/api/proposals/%00", 404),
        ("GET", "/api/proposals/%F0%9F%92%A9", 404),
        ("GET", "/api/scenes/atlantis", 404),
        ("GET", "/api/scenes/atlantis/tileset.json", 404),
        ("GET", "/api/scenes/town/tileset.json?proposal=unknown", 404),
        ("GET", "/api/scenes/town/features/osm:w404", 404),
        ("GET", "/api/scenes/town/features?near=60", 422),
        ("GET", "/api/scenes/town/features?near=nan,nan", 422),
        ("GET", "/api/scenes/town/features?near=inf,60", 422),
        ("GET", "/api/scenes/town/features?near=24.9,99", 422),
        ("GET", "/api/scenes/town/features?near=24.9,60.1,3", 422),
        ("GET", "/api/scenes/town/features?near=24.9,60.1&radius_m=nan", 422),
        ("GET", "/api/scenes/town/features?near=24.9,60.1&radius_m=-1", 422),
        ("GET", "/api/scenes/town/features?radius_m=1e9", 422),
        ("GET", "/api/scenes/town/features?limit=0", 422),
        ("GET", "/api/scenes/town/features?limit=x", 422),
        ("GET", "/api/scenes/town/features?offset=-1", 422),
        ("GET", "/api/scenes/town/features?kind=spaceship", 422),
        ("GET", "/s/nobody", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/%00", 404),
        ("DELETE", "/api/scenes/town", 405),
        ("PUT", "/api/scenes", 405),
    ],
)
def test_an_address_that_is_none_is_refused_in_a_sentence(server: Served, method: str, path: str, status: int) -> None:
    refused(server.http.request(method, path), status)


@pytest.mark.parametrize(
    "body",
    [{}, {"title": ""}, {"title": "   "}, {"title": 5}, {"title": None}, {"title": "x" * 201},
     {"title": "x", "words": "y" * 20_001}, {"title": "x", "words": []}, {"title": "x", "evil": 1}, {"title": "\x00"}],
)  # fmt: skip
def test_a_proposal_without_sense_is_not_begun(server: Served, body: dict[str, object]) -> None:
    refused(server.post("/api/scenes/town/proposals", body), 422)


def test_scripts_in_words_stay_words(server: Served) -> None:
    title = "<script>alert(1)</script>"
    proposal = server.proposal(title)
    answer = server.http.get(f"/api/proposals/{proposal}")
    assert answer.json()["title"] == title
    assert answer.headers["content-type"] == "application/json"


def test_a_place_far_away_has_no_features(server: Served) -> None:
    answer = server.http.get("/api/scenes/town/features?near=-120.0,-45.0")
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or answer.json()["features"] == []


NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
POSITIONS = st.one_of(
    st.tuples(st.floats(24.939, 24.9465), st.floats(60.1695, 60.1735)).map(list), st.lists(NUMBERS, max_size=4)
)
RINGS = st.lists(st.lists(POSITIONS, max_size=6).map(lambda points: [*points, *points[:1]]), max_size=3)
NAMES = st.sampled_from(["osm:w10", "osm:w21", "osm:w101", "osm:w200", "osm:w112", "", "new:1.0", "osm:n1"])
VALUES = st.one_of(
    NUMBERS,
    NAMES,
    POSITIONS,
    RINGS,
    st.text(max_size=8),
    st.lists(POSITIONS, max_size=5),
    st.lists(NAMES, max_size=3),
    st.lists(st.sampled_from(["car", "bus", "foot", "truck"]), max_size=4),
    st.dictionaries(st.text(max_size=4), NUMBERS, max_size=2),
)
FIELDS = sorted({field for verb in VERBS.values() for field in verb.__dataclass_fields__} - {"verb"})
EDITS = st.tuples(
    st.sampled_from([*VERBS, "fly"]), st.dictionaries(st.sampled_from([*FIELDS, "evil"]), VALUES, max_size=5)
).map(lambda each: {"verb": each[0], **each[1]})


def of_verb(verb: str) -> st.SearchStrategy[dict[str, object]]:
    """Edits of one verb with all its own fields, so that many get as far as the city."""
    own = sorted(set(VERBS[verb].__dataclass_fields__) - {"verb"})
    return st.fixed_dictionaries({"verb": st.just(verb)}, optional=dict.fromkeys(own, VALUES))


@given(edit=st.one_of(EDITS, *map(of_verb, VERBS)))
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_edit_is_the_servers_fault(server: Served, proposal: str, edit: dict[str, object]) -> None:
    answer = server.http.post(f"/api/proposals/{proposal}/edits?dry_run=true", content=json.dumps(edit), headers=JSON)
    if answer.status_code != 200:
        refused(answer, 400, 422)


@given(body=st.binary(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_bytes_are_the_servers_fault(server: Served, proposal: str, body: bytes) -> None:
    refused(server.http.post(f"/api/proposals/{proposal}/edits", content=body, headers=JSON), 400, 422)
