"""The town over HTTP, as a script or another server meets it."""

import gzip

import httpx
import numpy as np
import pytest

from citiverse.gis.recipe import find_scene
from tests.server.town import LAT, LON, Served

SLOW = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
HOUSE = {
    "verb": "add_building",
    "footprint": [[[24.9414, 60.1703], [24.9416, 60.1703], [24.9416, 60.1706], [24.9414, 60.1706], [24.9414, 60.1703]]],
    "levels": 3,
    "use": "office",
}


def test_the_manifest_lets_a_client_begin(server: Served) -> None:
    answer = server.http.get("/api/scenes/town")
    manifest = answer.json()
    assert answer.status_code == 200
    assert manifest["id"] == "town"
    assert manifest["title"] == "A town"
    assert manifest["credits"][0]["text"] == "© Nobody"
    assert {form["verb"] for form in manifest["verbs"]} >= {"close_road", "add_park"}
    assert manifest["counts"]["building"] == 8
    assert server.http.get("/api/scenes").json()["scenes"] == [{"id": "town", "title": "A town", "status": "open"}]
    again = server.http.get("/api/scenes/town", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_client_can_place_things_without_a_projection_library(server: Served) -> None:
    affine = server.http.get("/api/scenes/town").json()["frame"]["affine"]
    a, b = 24.9421 - affine["lonlat"][0], 60.1713 - affine["lonlat"][1]
    terms = np.array([a * a, a * b, b * b])
    xy = np.array(affine["xy"]) + np.array(affine["m"]) @ [a, b] + np.array(affine["q"]) @ terms
    scene = find_scene("town", server.settings.data)
    from citiverse.gis.read import read_scene

    frame = read_scene(scene).city.frame
    assert affine["max_error_m"] < 0.001
    assert np.hypot(*(frame.to_local(np.array([[24.9421, 60.1713]]))[0] - xy)) < 0.001
    matrix = np.array(server.http.get("/api/scenes/town").json()["frame"]["transform"]).reshape(4, 4).T
    assert np.linalg.norm((matrix @ [*xy, 0.0, 1.0])[:3] - frame.to_geocentric(np.array([[*xy, 0.0]]))[0]) < 0.05


def test_every_tile_of_the_tileset_is_served_unchanging_and_squeezed(server: Served) -> None:
    base = "/api/scenes/town/"
    uris = list(_uris(server.http.get(base + "tileset.json").json()["root"]))
    assert uris
    for uri in uris:
        tile = server.http.get(base + uri)
        assert tile.status_code == 200
        assert tile.content[:4] == b"glTF"
        assert tile.headers["content-encoding"] == "gzip"
        assert "immutable" in tile.headers["cache-control"]
        plain = server.http.get(base + uri, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == tile.content
        assert server.http.get(base + uri, headers={"If-None-Match": tile.headers["etag"]}).status_code == 304


def _uris(tile: dict[str, object]) -> list[str]:
    contents = [tile.get("content"), *tile.get("contents", [])]  # type: ignore[misc]
    uris = [each["uri"] for each in contents if each]
    return uris + [uri for child in tile.get("children", []) for uri in _uris(child)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path",
    [
        "tiles/buildings/0/0/0.0123456789abcdef.glb",
        "tiles/../../etc/passwd",
        "tiles/%2e%2e/%2e%2e/secret",
        "layers/00000000000000000000000000000000.json",
        "nothing",
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(server: Served, path: str) -> None:
    answer = server.http.get(f"/api/scenes/town/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


def test_features_near_a_place_come_nearest_first_with_where_their_values_come_from(server: Served) -> None:
    query = {"near": f"{LON},{LAT}", "radius_m": "300", "kind": "building,tree"}
    found = server.http.get("/api/scenes/town/features", params=query).json()
    assert found["type"] == "FeatureCollection"
    distances = [each["properties"]["distance_m"] for each in found["features"]]
    assert distances == sorted(distances)
    building = next(each for each in found["features"] if each["properties"]["kind"] == "building")
    assert building["geometry"]["type"] == "Polygon"
    height = building["properties"]["height"]
    assert height["unit"] == "m"
    assert height["basis"] in ("measured", "tagged", "estimated")
    assert height["source"] == "osm"


def test_pages_hold_every_feature_once(server: Served) -> None:
    address: str | None = "/api/scenes/town/features?limit=5"
    seen: list[str] = []
    while address:
        page = server.http.get(address).json()
        seen += [each["id"] for each in page["features"]]
        address = page.get("next")
    assert len(seen) == len(set(seen)) == page["numberMatched"]


def test_one_feature_is_found_by_its_id_and_by_its_name(server: Served) -> None:
    road = server.http.get("/api/scenes/town/features/osm:w10").json()
    assert road["properties"]["name"] == "1. Street"
    assert road["properties"]["speed"]["value"] == 30
    named = server.http.get("/api/scenes/town/features", params={"name": "the park"}).json()
    assert [each["properties"]["kind"] for each in named["features"]] == ["green"]


def test_an_edit_changes_the_proposal_and_nothing_else(server: Served) -> None:
    proposal = server.proposal()
    answer = server.edit(proposal, SLOW)
    told = answer.json()
    assert answer.status_code == 201
    assert told["seq"] == 1
    assert told["changed"] == ["osm:w10"]
    assert told["created"] == []
    assert told["warnings"] == []
    at = "/api/scenes/town/features/osm:w10"
    assert server.http.get(at, params={"proposal": proposal}).json()["properties"]["speed"]["value"] == 20
    assert server.http.get(at).json()["properties"]["speed"]["value"] == 30


def test_a_repeat_gets_the_first_answer(server: Served) -> None:
    proposal = server.proposal()
    first = server.edit(proposal, HOUSE, {"Idempotency-Key": "once"})
    server.edit(proposal, SLOW)
    again = server.edit(proposal, HOUSE, {"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = server.edit(proposal, SLOW, {"Idempotency-Key": "once"})
    assert other.status_code == 409
    assert server.http.get(f"/api/proposals/{proposal}").json()["seq"] == 2


def test_undo_and_redo_answer_like_an_edit(server: Served) -> None:
    proposal = server.proposal()
    created = server.edit(proposal, HOUSE).json()["created"]
    undone = server.post(f"/api/proposals/{proposal}/undo")
    assert undone.status_code == 201
    assert undone.json()["changed"] == created
    assert server.http.get(f"/api/scenes/town/features/{created[0]}", params={"proposal": proposal}).status_code == 404
    redone = server.post(f"/api/proposals/{proposal}/redo", headers={"Idempotency-Key": "r"})
    assert redone.json()["created"] == created
    assert server.post(f"/api/proposals/{proposal}/redo", headers={"Idempotency-Key": "r"}).json() == redone.json()
    assert server.post(f"/api/proposals/{proposal}/redo").status_code == 409
    assert server.http.get(f"/api/proposals/{proposal}/edits").json()["edits"] == [HOUSE]


def test_a_dry_run_says_what_would_happen_and_does_nothing(server: Served) -> None:
    proposal = server.proposal()
    told = server.post(f"/api/proposals/{proposal}/edits?dry_run=true", HOUSE)
    assert told.status_code == 200
    assert len(told.json()["created"]) == 1
    assert server.http.get(f"/api/proposals/{proposal}").json()["seq"] == 0
    refused = server.post(f"/api/proposals/{proposal}/edits?dry_run=true", {**SLOW, "road": "osm:w999"})
    assert refused.status_code == 422


def test_an_edit_rebuilds_the_tiles_it_touches_and_undo_brings_the_old_ones_back(server: Served) -> None:
    proposal = server.proposal()
    address = f"/api/scenes/town/tileset.json?proposal={proposal}"
    before = server.http.get(address).json()
    server.edit(proposal, HOUSE)
    edited = set(_uris(server.http.get(address).json()["root"]))
    assert edited != set(_uris(before["root"]))
    for uri in edited:
        assert server.http.get(f"/api/scenes/town/{uri}").status_code == 200
    server.post(f"/api/proposals/{proposal}/undo")
    assert server.http.get(address).json() == before


def test_a_join_code_leads_to_its_proposal(server: Served) -> None:
    made = server.post("/api/scenes/town/proposals", {"title": "  Trees!  ", "words": "Many."}).json()
    assert made["title"] == "Trees!"
    answer = server.http.get(f"/s/{made['code'].upper()}")
    assert answer.status_code == 303
    assert made["id"] in answer.headers["location"]
    listed = server.http.get("/api/scenes/town/proposals", params={"limit": 1}).json()
    assert listed["proposals"][0]["id"] == made["id"]
    assert listed["next"]


def test_the_interface_describes_itself_without_another_host(server: Served) -> None:
    document = server.http.get("/openapi.json").json()
    edit = document["components"]["schemas"]["Edit"]
    assert edit["discriminator"]["propertyName"] == "verb"
    assert set(edit["discriminator"]["mapping"]) >= {"close_road", "set_speed", "add_building"}
    references = _references(document)
    assert all(each.removeprefix("#/components/schemas/") in document["components"]["schemas"] for each in references)
    page = server.http.get("/docs")
    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert "https://" not in page.text


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(each) for each in value))
    return set()


def test_browsers_are_told_to_load_nothing_from_elsewhere(server: Served) -> None:
    answer = server.http.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_figures_can_be_scraped(server: Served) -> None:
    text = server.http.get("/metrics").text
    assert "\ncitiverse_ready 1\n" in text
    assert "# TYPE citiverse_listeners gauge" in text


def test_pages_of_other_sites_can_change_nothing(server: Served) -> None:
    proposal = server.proposal()
    assert server.edit(proposal, SLOW, {"Origin": "https://evil.example"}).status_code == 403
    assert server.edit(proposal, SLOW, {"Origin": server.url}).status_code == 201
    assert server.http.get("/api/scenes", headers={"Host": "evil.example"}).status_code == 421


def test_long_answers_are_squeezed_for_those_who_take_it(server: Served) -> None:
    with httpx.Client(base_url=server.url) as plain:
        request = plain.build_request("GET", "/api/scenes/town/features", headers={"Accept-Encoding": "gzip"})
        answer = plain.send(request, stream=True)
        raw = b"".join(answer.iter_raw())
        assert gzip.decompress(raw).startswith(b'{"type":"FeatureCollection"')


def test_an_edit_can_be_tried_on_the_city_before_any_proposal_begins(server: Served) -> None:
    before = server.http.get("/api/scenes/town/proposals").json()
    tried = server.http.post("/api/scenes/town/try", json=HOUSE)
    assert tried.status_code == 200
    told = tried.json()
    assert (told["seq"], told["dry_run"]) == (0, True)
    assert told["sentence"]
    assert told["created"]
    assert "items" in told["cost"]
    assert server.http.get("/api/scenes/town/proposals").json() == before
    lenient = {"Prefer": "respond-async, handling=lenient"}
    wrong = {**HOUSE, "levels": -3}
    assert server.http.post("/api/scenes/town/try", json=wrong).status_code == 422
    refused = server.http.post("/api/scenes/town/try", json=wrong, headers=lenient)
    assert refused.status_code == 200
    assert refused.json()["problem"]["status"] == 422
    assert refused.json()["problem"]["detail"]
    assert server.http.post("/api/scenes/nowhere/try", json=HOUSE).status_code == 404


def test_every_model_has_a_card(server: Served) -> None:
    cards = server.http.get("/api/scenes/town/models").json()["models"]
    assert {"traffic", "noise", "air", "access", "health"} <= {each["name"] for each in cards}
    for each in cards:
        assert each["method"]
        assert each["inputs"]
        assert all(known["basis"] for known in each["inputs"])
