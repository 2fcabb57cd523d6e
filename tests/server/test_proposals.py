"""Proposals have states, origins, comments and a price; they meet and are carried over, over HTTP."""

import json
from pathlib import Path

import pytest

from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.proposal.scenario import apply_all, scenario_of
from citiverse.server.settings import Settings
from citiverse.session.people import planners_word
from tests.server.town import Enter, Json, Served

SLOW = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
SLOWER = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 10}
QUIET = {"verb": "close_road", "road": "osm:w11", "to": ["car"]}
ONCE = {"Idempotency-Key": "once"}
TREES = {"verb": "plant_trees", "points": [[24.9405, 60.1702], [24.9406, 60.1702]]}


def of(server: Served, proposal: str) -> Json:
    found: Json = server.http.get(f"/api/proposals/{proposal}").json()
    return found


def post(
    server: Served, proposal: str, what: str, body: Json, status: int = 201, headers: dict[str, str] | None = None
) -> Json:
    answer = server.post(f"/api/proposals/{proposal}/{what}", body, headers)
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


def fingerprint(server: Served, proposal: str) -> str:
    return str(of(server, proposal)["revision"])


def test_a_proposal_goes_from_draft_to_a_decision_with_who_when_and_why(server: Served) -> None:
    proposal = server.proposal()
    server.edit(proposal, SLOW)
    assert of(server, proposal)["next_states"] == ["submitted", "withdrawn"]
    submitted = post(server, proposal, "submit", {"reason": "It is ready."}, 200)
    assert submitted["status"] == "submitted"
    assert submitted["frozen"] == {"seq": 1, "revision": fingerprint(server, proposal)}
    assert server.edit(proposal, SLOWER).status_code == 409
    assert server.post(f"/api/proposals/{proposal}/undo").status_code == 409
    post(server, proposal, "submit", {}, 409)
    post(server, proposal, "review", {"decision": "accepted"}, 422)
    accepted = post(server, proposal, "review", {"decision": "accepted", "reason": "Children walk here."}, 200)
    assert [each["state"] for each in accepted["decisions"]] == ["submitted", "accepted"]
    assert accepted["decisions"][1]["reason"] == "Children walk here."
    assert accepted["decisions"][1]["by"] == "guest"
    post(server, proposal, "withdraw", {}, 409)
    impacts = server.http.get(f"/api/proposals/{proposal}/impacts").json()
    assert (impacts["seq"], impacts["revision"]) == (1, accepted["frozen"]["revision"])


@pytest.mark.parametrize(
    "body", [{"decision": "maybe", "reason": "x"}, {"decision": "accepted", "reason": 3}, {"x": 1}]
)
def test_a_decision_that_is_none_is_refused(server: Served, body: Json) -> None:
    proposal = server.proposal()
    assert post(server, proposal, "review", body, 422)["detail"]


def test_a_token_that_is_none_of_ours_begins_nothing(server: Served) -> None:
    begun = server.post("/api/scenes/town/proposals", {"title": "x"}, {"Authorization": "Bearer a.a"})
    assert begun.status_code == 401


async def test_who_has_a_pseudonym_withdraws_what_they_began(server: Served, enter: Enter) -> None:
    async with enter(server.proposal()) as person:
        token = person.of("welcome")[0]["token"]
    mine = {"Authorization": f"Bearer {token}"}
    begun = server.post("/api/scenes/town/proposals", {"title": "Mine"}, mine).json()["id"]
    post(server, begun, "withdraw", {}, 403)
    assert post(server, begun, "withdraw", {"reason": "No."}, 200, mine)["status"] == "withdrawn"


def test_a_fork_begins_with_what_stands_and_both_addresses_stay(server: Served) -> None:
    proposal = server.proposal("Calm")
    for edit in (SLOW, QUIET, TREES):
        server.edit(proposal, edit)
    server.post(f"/api/proposals/{proposal}/undo")
    fork = post(server, proposal, "forks", {"title": "Calmer"})
    assert fork["origins"] == [{"proposal": proposal, "seq": 4}]
    assert fork["revision"] == fingerprint(server, proposal)
    assert of(server, proposal)["forks"] == [fork["id"]]
    early = post(server, proposal, "forks", {"seq": 1})
    assert (early["title"], early["seq"]) == ("Calm", 1)
    server.edit(fork["id"], SLOWER)
    assert fingerprint(server, fork["id"]) != fingerprint(server, proposal)
    assert post(server, proposal, "forks", {"seq": 9}, 404)["detail"]
    undone = server.post(f"/api/proposals/{early['id']}/undo")
    assert undone.status_code == 201


def test_any_revision_gives_the_edits_that_stood_then(server: Served) -> None:
    proposal = server.proposal()
    server.edit(proposal, SLOW)
    server.edit(proposal, QUIET)
    server.post(f"/api/proposals/{proposal}/undo")
    at = [server.http.get(f"/api/proposals/{proposal}/edits", params={"seq": seq}).json() for seq in range(4)]
    assert [len(each["edits"]) for each in at] == [0, 1, 2, 1]
    assert at[1]["revision"] == at[3]["revision"] == fingerprint(server, proposal)
    city = read_scene(find_scene("town", server.settings.data)).city
    for each in at:
        scenario = scenario_of(json.loads(json.dumps(each)))
        assert scenario.base == city.fingerprint()
        assert apply_all(city, scenario.edits)[0].fingerprint() == each["revision"]
    then: dict[str, str | int] = {"proposal": proposal, "seq": 2}
    road = server.http.get("/api/scenes/town/features/osm:w11", params=then).json()
    assert "car" not in road["properties"]["modes"]["value"]
    told = server.http.get("/api/scenes/town/tileset.json", params=then)
    assert told.status_code == 200
    assert server.http.get("/api/scenes/town/tileset.json", params={**then, "seq": 9}).status_code == 404
    assert server.http.get(f"/api/proposals/{proposal}/edits", params={"seq": 4}).status_code == 404


def test_two_proposals_that_do_not_meet_make_the_same_city_either_way(server: Served) -> None:
    a, b = server.proposal("A"), server.proposal("B")
    server.edit(a, SLOW)
    server.edit(b, QUIET)
    one, other = post(server, a, "merges", {"with": b}), post(server, b, "merges", {"with": a})
    assert one["revision"] == other["revision"]
    assert [each["proposal"] for each in one["origins"]] == [a, b]
    assert one["title"] == "A + B"
    assert (fingerprint(server, a), fingerprint(server, b)) != (one["revision"], one["revision"])


def test_what_two_proposals_dispute_comes_as_records_and_is_decided_one_by_one(server: Served) -> None:
    a, b = server.proposal("A"), server.proposal("B")
    server.edit(a, SLOW)
    server.edit(b, SLOWER)
    server.edit(b, QUIET)
    refused = post(server, a, "merges", {"with": b}, 409)
    (conflict,) = refused["conflicts"]
    assert conflict["kind"] == "same property"
    assert conflict["a"]["sentences"] != conflict["b"]["sentences"]
    assert "20" in conflict["sentence"]
    dry = server.post(f"/api/proposals/{a}/merges?dry_run=true", {"with": b}).json()
    assert (dry["status"], len(dry["conflicts"])) == ("conflicts", 1)
    made = post(server, a, "merges", {"with": b, "choices": {conflict["key"]: "b"}})
    road = server.http.get("/api/scenes/town/features/osm:w10", params={"proposal": made["id"]}).json()
    assert road["properties"]["speed"]["value"] == 10
    assert [each["side"] for each in made["merge"]["left_out"]] == ["a"]
    wrong: list[object] = [{conflict["key"]: "c"}, {"unknown": "a"}, [], "a"]
    for choices in wrong:
        assert post(server, a, "merges", {"with": b, "choices": choices}, 422)["detail"]
    assert post(server, a, "merges", {"with": a}, 422)["field"] == "with"
    assert post(server, a, "merges", {"with": "nowhere"}, 404)["detail"]


def test_a_pattern_is_tried_applied_and_undone_as_one(server: Served) -> None:
    patterns = {each["name"]: each for each in server.http.get("/api/scenes/town/patterns").json()["patterns"]}
    assert patterns["school_street"]["along"] == "street"
    assert "close_road" in patterns["school_street"]["verbs"]
    proposal = server.proposal()
    before = fingerprint(server, proposal)
    wanted = {"pattern": "school_street", "road": "osm:w10"}
    tried = server.post(f"/api/proposals/{proposal}/patterns?dry_run=true", wanted).json()
    assert tried["dry_run"]
    assert len(tried["edits"]) == len(tried["sentences"]) > 2
    assert tried["cost"]["low"] > 0
    assert fingerprint(server, proposal) == before
    done = post(server, proposal, "patterns", wanted, headers=ONCE)
    assert post(server, proposal, "patterns", wanted, headers=ONCE) == done
    other = {**wanted, "road": "osm:w11"}
    assert post(server, proposal, "patterns", other, 409, ONCE)["detail"]
    assert done["edits"] == tried["edits"]
    held = server.http.get(f"/api/proposals/{proposal}/edits").json()
    assert held["edits"] == done["edits"]
    assert held["log"][0]["kind"] == "pattern"
    assert server.post(f"/api/proposals/{proposal}/undo").status_code == 201
    assert fingerprint(server, proposal) == before
    assert server.post(f"/api/proposals/{proposal}/redo").status_code == 201
    assert fingerprint(server, proposal) != before
    fork = post(server, proposal, "forks", {})
    assert fork["revision"] == fingerprint(server, proposal)
    server.post(f"/api/proposals/{fork['id']}/undo")
    assert fingerprint(server, fork["id"]) == before


def test_a_pattern_stays_together_when_proposals_are_merged(server: Served) -> None:
    a, b = server.proposal("A"), server.proposal("B")
    post(server, a, "patterns", {"pattern": "school_street", "road": "osm:w10"})
    server.edit(a, SLOWER)
    server.edit(b, QUIET)
    for one, other in ((a, b), (b, a)):
        made = post(server, one, "merges", {"with": other})
        log = server.http.get(f"/api/proposals/{made['id']}/edits").json()["log"]
        assert sorted(each["kind"] for each in log) == ["edit", "edit", "pattern"]
        (pattern,) = [each for each in log if each["kind"] == "pattern"]
        assert pattern["sentence"].startswith("School street: ")
        assert len(pattern["pattern"]["edits"]) == len(pattern["said"]["fi"]) > 2
    conflict = post(server, a, "merges", {"with": made["id"], "choices": {}})
    assert conflict["revision"] == made["revision"]


def test_a_pattern_of_which_a_merge_leaves_out_a_part_says_what_is_left(server: Served) -> None:
    a, b = server.proposal("A"), server.proposal("B")
    post(server, a, "patterns", {"pattern": "school_street", "road": "osm:w10"})
    server.edit(b, {**SLOWER, "speed_kmh": 50})
    dry = server.post(f"/api/proposals/{a}/merges?dry_run=true", {"with": b}).json()
    choices = {each["key"]: "b" for each in dry["conflicts"]}
    assert choices
    made = post(server, a, "merges", {"with": b, "choices": choices})
    log = server.http.get(f"/api/proposals/{made['id']}/edits").json()["log"]
    for each in log:
        if each["kind"] == "pattern":
            assert len(each["pattern"]["edits"]) == len(each["said"]["de"])
            assert str(len(each["pattern"]["edits"]) - 1) in each["sentence"]
    assert sum(len(each["pattern"]["edits"]) if "pattern" in each else 1 for each in log) == len(made["merge"]["edits"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"pattern": "moon_base", "road": "osm:w10"}, 404),
        ({"pattern": "school_street"}, 422),
        ({"pattern": "school_street", "road": "osm:w999"}, 422),
        ({"pattern": "school_street", "road": "osm:w10", "colour": "red"}, 422),
        ({"pattern": "pocket_park", "road": "osm:w10"}, 422),
        ({"pattern": 3, "road": "osm:w10"}, 404),
    ],
)
def test_a_pattern_that_does_not_go_there_is_refused(server: Served, body: Json, status: int) -> None:
    assert post(server, server.proposal(), "patterns", body, status)["detail"].endswith(".")


def test_a_cost_is_a_range_with_its_sources_and_says_what_has_no_price(server: Served) -> None:
    proposal = server.proposal()
    assert server.http.get(f"/api/proposals/{proposal}/cost").json()["low"] is None
    server.edit(proposal, TREES)
    server.edit(proposal, QUIET)
    cost = server.http.get(f"/api/proposals/{proposal}/cost").json()
    (trees,) = [item for item in cost["items"] if item["work"] == "tree planted"]
    assert trees["amount"] == 2
    assert trees["low"] == 2 * trees["price"]["low"] <= trees["high"]
    assert trees["price"]["source"]
    assert cost["low"] <= cost["high"]
    assert len(cost["edits"]) == 2
    dry = server.post(f"/api/proposals/{proposal}/edits?dry_run=true", {**TREES, "points": [[24.941, 60.1702]]}).json()
    assert dry["cost"]["items"][0]["amount"] == 1


def test_a_trial_is_refused_as_the_edit_would_be_unless_one_prefers_to_be_told(server: Served) -> None:
    trial = f"/api/proposals/{server.proposal()}/edits?dry_run=true"
    wrong = {**SLOW, "road": "osm:w404"}
    refused = server.post(trial, wrong)
    assert refused.status_code == 422
    told = server.post(trial, wrong, {"Prefer": "handling=lenient"})
    assert (told.status_code, told.headers["preference-applied"]) == (200, "handling=lenient")
    assert told.json() == {"dry_run": True, "problem": refused.json()}
    assert "problem" not in server.post(trial, SLOW, {"Prefer": "handling=lenient"}).json()
    assert server.post(trial.replace("/proposals/", "/proposals/x"), wrong, {"Prefer": "handling=lenient"}).is_error


def test_comments_are_pinned_to_features_or_places(server: Served) -> None:
    proposal = server.proposal()
    made = server.edit(proposal, TREES).json()["created"][0]
    plain = post(server, proposal, "comments", {"text": " Lovely <script>alert(1)</script>\n"})
    assert plain["text"] == "Lovely <script>alert(1)</script>"
    assert (plain["feature"], plain["at"], plain["seq"]) == (None, None, 1)
    pinned = post(server, proposal, "comments", {"text": "This tree", "feature": made, "reply_to": plain["id"]})
    placed = post(server, proposal, "comments", {"text": "Here", "at": [24.9405, 60.1702]})
    told = server.http.get(f"/api/proposals/{proposal}/comments").json()["comments"]
    assert [each["id"] for each in told] == [plain["id"], pinned["id"], placed["id"]]
    first = post(server, proposal, "comments", {"text": "Once"}, headers=ONCE)
    assert post(server, proposal, "comments", {"text": "Once"}, headers=ONCE) == first
    for wrong in (
        {"text": ""}, {}, {"text": 3}, {"text": "x" * 5001}, {"text": "x", "feature": "osm:w404"},
        {"text": "x", "at": [200, 0]}, {"text": "x", "at": "here"}, {"text": "x", "at": [24.9, 60.1], "feature": made},
        {"text": "x", "reply_to": "nobody"}, {"text": "x", "colour": "red"},
    ):  # fmt: skip
        assert post(server, proposal, "comments", wrong, 422)["detail"]


def test_the_history_tells_who_did_what_in_order(server: Served) -> None:
    proposal = server.proposal("A quiet street")
    server.edit(proposal, SLOW)
    server.post(f"/api/proposals/{proposal}/undo")
    post(server, proposal, "submit", {"reason": "Ready"}, 200)
    told = server.http.get(f"/api/proposals/{proposal}/history").json()["history"]
    assert [each["kind"] for each in told] == ["begun", "edit", "undo", "submitted"]
    assert told[1]["sentence"]
    assert told[1]["stands"] is False
    assert [each["time"] for each in told] == sorted(each["time"] for each in told)


def test_an_edit_that_is_expected_to_meet_nobody_does_not_overwrite(server: Served) -> None:
    proposal = server.proposal()
    seen = server.edit(proposal, QUIET).json()["seq"]
    server.edit(proposal, SLOW)
    refused = server.edit(proposal, SLOWER, {"Citiverse-Since": str(seen)})
    assert refused.status_code == 409
    assert refused.json()["versions"] == {"osm:w10": {"attributes": 2}}
    assert server.edit(proposal, SLOWER, {"Citiverse-Since": "2"}).status_code == 201
    assert server.edit(proposal, TREES, {"Citiverse-Since": "0"}).status_code == 201
    assert server.edit(proposal, TREES, {"Citiverse-Since": "-1"}).status_code == 422


async def test_a_link_for_looking_lets_look_and_no_more(server: Served, enter: Enter) -> None:
    open_one = of(server, server.proposal())
    closed = server.post("/api/scenes/town/proposals", {"title": "Ours", "access": "link"}).json()
    assert "code" not in of(server, closed["id"])
    assert server.edit(closed["id"], SLOW).status_code == 403
    assert server.edit(closed["id"], SLOW, {"Citiverse-Key": closed["look"]}).status_code == 403
    assert server.edit(closed["id"], SLOW, {"Citiverse-Key": "mellon"}).status_code == 403
    assert server.edit(closed["id"], SLOW, {"Citiverse-Key": closed["code"]}).status_code == 201
    assert server.edit(open_one["id"], SLOW, {"Citiverse-Key": open_one["look"]}).status_code == 403
    assert server.edit(open_one["id"], SLOW).status_code == 201
    to = server.http.get(f"/s/{closed['look']}", follow_redirects=False).headers["location"]
    assert to == f"/?scene=town&proposal={closed['id']}&key={closed['look']}"
    to = server.http.get(f"/s/{closed['code']}", follow_redirects=False).headers["location"]
    assert to.endswith(f"&key={closed['code']}")
    async with enter(closed["id"]) as person:
        assert person.of("welcome")[0]["role"] == "viewer"
        assert (await person.edit(SLOWER, "op"))["problem"]["status"] == 403
    async with enter(closed["id"], key=closed["code"]) as person:
        assert person.of("welcome")[0]["role"] == "citizen"
        assert (await person.edit(SLOWER, "op"))["type"] == "ack"


async def test_states_and_comments_are_told_live(server: Served, enter: Enter) -> None:
    proposal = server.proposal()
    async with enter(proposal) as person:
        post(server, proposal, "comments", {"text": "Hello"})
        assert (await person.hear("comment"))["comment"]["text"] == "Hello"
        post(server, proposal, "submit", {}, 200)
        assert (await person.hear("state"))["state"] == "submitted"
        assert (await person.edit(SLOW, "op"))["problem"]["status"] == 409


async def test_deciding_needs_the_planners_link_and_not_one_for_taking_part(server: Served, enter: Enter) -> None:
    word = (server.settings.data / "planners").read_text()
    ours = server.post("/api/scenes/town/proposals", {"title": "Ours", "access": "link"}).json()
    taking_part, planning = {"Citiverse-Key": ours["code"]}, {"Citiverse-Key": word}
    post(server, ours["id"], "submit", {}, 200, taking_part)
    accept = {"decision": "accepted", "reason": "Good"}
    for none in (None, taking_part, {"Citiverse-Key": ours["look"]}, {"Citiverse-Key": "x" * 12}):
        assert "planners’ link" in post(server, ours["id"], "review", accept, 403, none)["detail"] or none
    told = server.http.get(f"/api/proposals/{ours['id']}", headers=taking_part).json()
    assert (told["role"], told["next_states"]) == ("citizen", ["withdrawn"])
    told = server.http.get(f"/api/proposals/{ours['id']}", headers=planning).json()
    assert (told["role"], told["next_states"]) == ("planner", ["accepted", "rejected", "withdrawn"])
    async with enter(ours["id"], key=word) as person:
        assert person.of("welcome")[0]["role"] == "planner"
    assert post(server, ours["id"], "review", accept, 200, planning)["status"] == "accepted"
    post(server, ours["id"], "review", accept, 409, planning)
    assert server.http.get(f"/s/{word}", follow_redirects=False).headers["location"] == f"/?key={word}"


def test_who_reaches_a_server_in_the_network_does_not_decide_without_the_planners_link() -> None:
    assert Settings().tried_out
    for reached in ({"host": "0.0.0.0"}, {"hosts": ("plan.example.org",)}, {"origins": ("https://plan.example.org",)}):
        assert not Settings(**reached).tried_out


def test_the_planners_word_stays_until_its_file_is_gone(tmp_path: Path) -> None:
    word = planners_word(tmp_path / "planners")
    assert planners_word(tmp_path / "planners") == word
    assert (tmp_path / "planners").stat().st_mode & 0o077 == 0
    (tmp_path / "planners").write_text("")
    assert len(planners_word(tmp_path / "planners")) == len(word)
    (tmp_path / "planners").unlink()
    assert planners_word(tmp_path / "planners") != word


async def test_a_draft_is_called_otherwise_by_who_began_it_and_its_history_tells(server: Served, enter: Enter) -> None:
    proposal = server.proposal("First")
    path = f"/api/proposals/{proposal}"
    async with enter(proposal) as person:
        told = server.http.patch(path, json={"title": " Second ", "words": "Because."})
        assert (told.status_code, told.json()["title"], told.json()["words"]) == (200, "Second", "Because.")
        assert (await person.hear("words"))["title"] == "Second"
        mine = {"Authorization": f"Bearer {person.of('welcome')[0]['token']}"}
    assert of(server, proposal)["words"] == "Because."
    happened = server.http.get(f"{path}/history").json()["history"]
    assert [(each["kind"], each["sentence"]) for each in happened][-1] == ("words", "Second")
    assert "Second" in server.http.get(f"/p/{proposal}").text
    for wrong in ({"title": ""}, {"title": 3}, {"title": "x" * 201}, {"words": "x" * 20_001}, {"status": "accepted"}):
        assert server.http.patch(path, json=wrong).status_code == 422
    theirs = server.post("/api/scenes/town/proposals", {"title": "Mine"}, mine).json()["id"]
    assert server.http.patch(f"/api/proposals/{theirs}", json={"title": "Yours"}).status_code == 403
    assert server.http.patch(f"/api/proposals/{theirs}", json={"title": "Ours"}, headers=mine).status_code == 200
    post(server, proposal, "submit", {}, 200)
    assert server.http.patch(path, json={"title": "Third"}).status_code == 409
