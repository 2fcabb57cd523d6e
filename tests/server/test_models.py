"""People bring 3D files, place them, and see them in the city."""

import numpy as np
import pytest
import trimesh

from citiverse.scene.reading import read_glb
from tests.server.town import Json, Served

AT = [24.9415, 60.17045]


def hut() -> bytes:
    """A box, 8 by 4 and 5 m high, dark red, as GLB."""
    box = trimesh.creation.box((8.0, 5.0, 4.0))
    box.visual = trimesh.visual.ColorVisuals(box, vertex_colors=[188, 0, 0, 255])
    return bytes(trimesh.Scene(box).export(file_type="glb"))  # type: ignore[no-untyped-call]


HUT = hut()


def bring(server: Served, content: bytes, status: int = 201, **query: str) -> Json:
    answer = server.http.post("/api/models", content=content, params=query, timeout=90.0)
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


def test_a_model_stands_in_tiles_with_its_colour_and_in_features_with_its_height(server: Served) -> None:
    model = bring(server, HUT, title="Kiosk <script>")["id"]
    proposal = server.proposal()
    placed = server.edit(proposal, {"verb": "place_model", "model": model, "at": AT, "heading_deg": 90, "scale": 2})
    assert placed.status_code == 201, placed.text
    assert placed.json()["sentence"] == "Place the model “Kiosk <script>”"
    (id,) = placed.json()["created"]
    feature = server.http.get(f"/api/scenes/town/features/{id}", params={"proposal": proposal}).json()
    assert feature["properties"]["height"]["value"] == 10.0
    assert feature["properties"]["model"] == model
    ring = np.array(feature["geometry"]["coordinates"][0])
    east_m, north_m = (np.ptp(ring, axis=0) * [55_500, 111_400]).tolist()
    assert (east_m, north_m) == (pytest.approx(8.0, abs=0.6), pytest.approx(16.0, abs=0.6))  # turned by a quarter
    tileset = server.http.get("/api/scenes/town/tileset.json", params={"proposal": proposal}).text
    base = set(server.http.get("/api/scenes/town/tileset.json").text.split('"'))
    new = [word for word in tileset.split('"') if word.startswith("tiles/buildings") and word not in base]
    glb = read_glb(server.http.get(f"/api/scenes/town/{new[0]}").content)
    slot = glb.table()["id"].index(id)
    assert glb.table()["height"][slot] == 10.0
    ((ids, values, _),) = list(glb.feature_ids())
    (shown,) = list(glb.painted())
    mine = values == slot
    assert ids["attribute"] == 0
    assert np.ptp(shown.positions[mine][:, 2]) == pytest.approx(10.0, abs=0.05)
    assert np.abs(shown.colours[mine].astype(int) - [188, 0, 0]).max() <= 1  # glTF's colours are linear
    assert server.post(f"/api/proposals/{proposal}/undo").status_code == 201
    assert server.post(f"/api/proposals/{proposal}/redo").json()["created"] == [id]


@pytest.mark.parametrize("kind", ["cityjson", "geojson", "gpkg", "dxf"])
def test_a_proposal_with_a_model_is_written_for_other_programs(server: Served, kind: str) -> None:
    model = bring(server, HUT, title="Hut")["id"]
    proposal = server.proposal()
    assert server.edit(proposal, {"verb": "place_model", "model": model, "at": AT, "heading_deg": 0}).status_code == 201
    answer = server.http.get(f"/api/proposals/{proposal}/export", params={"format": kind}, timeout=60.0)
    if answer.status_code == 501:
        assert "pip install" in answer.json()["detail"]
        return
    assert answer.status_code == 200, answer.text
    assert proposal in answer.headers["content-disposition"]
    before = server.http.get(f"/api/proposals/{proposal}/export", params={"format": kind, "seq": 0}, timeout=60.0)
    assert len(answer.content) >= len(before.content) > 1000
    assert answer.content != before.content


def test_what_cannot_be_written_is_refused(server: Served) -> None:
    assert server.http.get(f"/api/proposals/{server.proposal()}/export", params={"format": "dwg"}).status_code == 422


def test_a_place_that_is_taken_and_a_size_that_cannot_be_are_refused(server: Served) -> None:
    model = bring(server, HUT)["id"]
    proposal = server.proposal()
    good: Json = {"verb": "place_model", "model": model, "at": AT, "heading_deg": 0}
    for wrong, field in (
        ({"model": "model:" + "0" * 24}, "model"),
        ({"model": "../../etc/passwd"}, "model"),
        ({"at": [24.9400, 60.1700]}, "at"),
        ({"at": [25.5, 60.17]}, "at"),
        ({"scale": 500}, "scale"),
        ({"scale": 0.001}, "scale"),
        ({"scale": -1}, "scale"),
        ({"heading_deg": 400}, "heading_deg"),
    ):
        answer = server.edit(proposal, {**good, **wrong})
        assert answer.status_code == 422, answer.text
        assert answer.json()["field"] == field
    assert server.edit(proposal, good).status_code == 201
    assert server.edit(proposal, good).json()["field"] == "at"


@pytest.mark.parametrize(
    "content",
    [
        b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
        b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n",
        b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    ],
    ids=["points that are no numbers", "nothing in it", "faces without points"],
)
def test_what_is_no_model_is_refused_in_a_sentence(server: Served, content: bytes) -> None:
    assert bring(server, content, 422)["detail"].endswith((".", "?"))


def test_too_much_and_nothing_are_refused(server: Served) -> None:
    assert server.http.post("/api/models", content=bytes(33 << 20), timeout=60.0).status_code == 413
    assert server.http.post("/api/models", content=b"").status_code == 400
    assert server.http.get("/api/models/nothing").status_code == 404
