"""The page of a proposal, its pictures, and proposals side by side."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from citiverse.server import words as words_module
from citiverse.server.words import LANGUAGES, language_of, words_in
from tests.server.town import Json, Served

SLOW = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
HOUSE = {
    "verb": "add_building",
    "footprint": [[[24.9414, 60.1703], [24.9416, 60.1703], [24.9416, 60.1706], [24.9414, 60.1706], [24.9414, 60.1703]]],
    "levels": 3,
    "use": "office",
}
SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The tags of a page, what lies between them, and the addresses that it fetches or leads to."""

    VOID = frozenset({"meta", "link", "img", "br", "input", "rect", "path", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.linked: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.fetched += [value for name in ("src", "srcset", "poster") if (value := given.get(name))]
        self.linked += [value for name in ("href", "action") if (value := given.get(name))]
        self.ids += [value for name in ("id",) if (value := given.get(name))]
        assert not any(name.startswith("on") for name in given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(server: Served, address: str, language: str = "en") -> Page:
    answer = server.http.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return Page(answer.text)


@pytest.fixture(scope="module")
def proposal(server: Served) -> str:
    """A proposal with edits, a comment and things that look like scripts."""
    sent = {"title": f"Calm {SCRIPT}", "words": f"Because.\n\n{SCRIPT}"}
    made = str(server.post("/api/scenes/town/proposals", sent).json()["id"])
    for edit in (SLOW, HOUSE, {"verb": "plant_trees", "points": [[24.9405, 60.1702]]}):
        assert server.edit(made, edit).status_code == 201
    server.post(f"/api/proposals/{made}/undo")
    server.post(f"/api/proposals/{made}/comments", {"text": SCRIPT, "at": [24.9405, 60.1702]})
    return made


def test_a_page_tells_all_of_a_proposal_without_scripts_or_other_hosts(server: Served, proposal: str) -> None:
    told = page(server, f"/p/{proposal}")
    assert "script" not in told.tags
    assert told.text.count(SCRIPT) >= 4  # title twice, words, comment
    assert all(address.startswith("/") for address in told.fetched)
    for expected in ("Draft", "20 km/h", "Put up a building of 3 storeys", "taken back", "60.17020", "© Nobody"):
        assert expected in told.text
    assert "svg" in told.tags
    assert "form" in told.tags
    assert len(told.ids) == len(set(told.ids))
    for address in [*told.fetched, *(each for each in told.linked if each.startswith("/") and "comments" not in each)]:
        if not address.startswith("/?"):
            assert server.http.get(address).status_code == 200, address


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_comes_in_the_readers_language(server: Served, proposal: str, language: str) -> None:
    told = server.http.get(f"/p/{proposal}", headers={"Accept-Language": f"xx, {language}-XX;q=0.9, en;q=0.1"}).text
    assert f'<html lang="{language}">' in told
    assert words_in(language)("page.history") in told
    assert f'<html lang="{language}">' in server.http.get(f"/p/{proposal}", params={"lang": language}).text


def test_edits_patterns_and_measures_are_told_in_the_readers_language(server: Served) -> None:
    proposal = server.proposal("Hiljaa")
    server.edit(proposal, {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20})
    server.post(f"/api/proposals/{proposal}/patterns", {"pattern": "school_street", "road": "osm:w11"})
    server.post(f"/api/proposals/{proposal}/undo")
    told = server.http.get(f"/p/{proposal}", headers={"Accept-Language": "fi"}).text
    assert "<li>1. Street: nopeusrajoitus 20 km/h</li>" in told
    assert "Koulukatu: 2. Street: " in told
    assert ">Hiljaa<" not in told.partition("<h1>Hiljaa<")[2]  # nobody says that a title is English
    assert "Set the speed limit" not in told
    history = server.http.get(f"/api/proposals/{proposal}/history").json()["history"]
    assert [each.get("said", {}).get("de", [""])[0][:9] for each in history] == [
        "",
        "1. Street",
        "2. Street",
        "2. Street",
    ]


def test_words_that_the_page_shares_with_the_client_are_the_same() -> None:
    ours, theirs = Path(words_module.__file__).parent / "locales", Path(__file__).parents[2] / "web_client/src/locales"
    if not theirs.is_dir():
        pytest.skip("The client's sources are not here.")
    for language in LANGUAGES:
        said, client = (json.loads((folder / f"{language}.json").read_text()) for folder in (ours, theirs))
        shared = [key for key in said if key.startswith(("indicator.", "unit."))]
        assert {key: said[key] for key in shared} == {key: client[key] for key in shared}


def test_all_languages_say_the_same_things() -> None:
    folder = Path(words_module.__file__).parent / "locales"
    said = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    assert sorted(said) == sorted(LANGUAGES)
    for sentences in said.values():
        assert sentences.keys() == said["en"].keys()
        for key, sentence in sentences.items():
            assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", said["en"][key])), key


def test_numbers_are_written_as_the_language_does() -> None:
    assert words_in("en").number(12345.678) == "12,300"
    assert words_in("de").number(12345.678, 7) == "12.345,68"
    assert words_in("fi").number(-0.01234, 2, signed=True) == "−0,012"
    assert words_in("fr").number(0.0, signed=True) == "0"
    assert words_in("en").number(None) == "–"
    assert language_of(None, "da, de;q=0.8, fi;q=0.9") == "fi"
    assert language_of("fr", "de") == "fr"
    assert language_of("xx", "*;q=x, ,;;") == "en"


def test_a_page_shows_any_revision_and_who_may_only_look_cannot_comment(server: Served, proposal: str) -> None:
    early = page(server, f"/p/{proposal}?seq=1")
    assert "revision 1 of 4" in early.text
    assert "Put up a building" not in early.text
    assert server.http.get(f"/p/{proposal}?seq=99").status_code == 404
    assert server.http.get("/p/nowhere").status_code == 404
    look = server.http.get(f"/api/proposals/{proposal}").json()["look"]
    assert "form" not in page(server, f"/p/{proposal}?key={look}").tags


def test_a_comment_is_sent_from_the_page_without_a_script(server: Served, proposal: str) -> None:
    answer = server.http.post(f"/api/proposals/{proposal}/comments", data={"text": "Vom Formular: äöü"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/p/{proposal}#comment-")
    assert "Vom Formular: äöü" in page(server, f"/p/{proposal}").text


def test_pictures_show_the_same_place_before_and_after(server: Served, proposal: str) -> None:
    found: dict[str, bytes] = {}
    for side in ("before", "after"):
        for view in ("bird", "eye"):
            answer = server.http.get(f"/api/proposals/{proposal}/{side}.png", params={"view": view})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/png"
            assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
            found[side + view] = answer.content
    assert len(set(found.values())) == 4
    again = server.http.get(f"/api/proposals/{proposal}/after.png")
    assert again.content == found["afterbird"]
    known = {"If-None-Match": again.headers["etag"]}
    assert server.http.get(f"/api/proposals/{proposal}/after.png", headers=known).status_code == 304
    at_zero = server.http.get(f"/api/proposals/{proposal}/after.png", params={"seq": 0})
    assert at_zero.content == server.http.get(f"/api/proposals/{proposal}/before.png", params={"seq": 0}).content
    assert server.http.get(f"/api/proposals/{proposal}/after.png", params={"view": "mole"}).status_code == 422


def test_proposals_stand_side_by_side_and_the_csv_equals_the_table(server: Served, proposal: str) -> None:
    other = server.proposal("Other")
    server.edit(other, {**SLOW, "speed_kmh": 10})
    of = f"{proposal}@1,{other}"
    told: Json = server.http.get("/api/compare", params={"of": of, "wait_s": 60}, timeout=90).json()
    assert told["status"] == "full"
    assert [(each["id"], each["seq"]) for each in told["proposals"]] == [(proposal, 1), (other, 1)]
    assert {row["id"] for row in told["rows"]} > {"cost.build"}
    answer = server.http.get("/api/compare.csv", params={"of": of})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == len(told["rows"])
    for row, line in zip(told["rows"], rows, strict=True):
        assert (line["id"], line["label"], line["unit"]) == (row["id"], row["label"], row["unit"])
        assert line["baseline"] == ("" if row["baseline"] is None else str(row["baseline"]))
        for name, figures in zip((f"{proposal}@1", f"{other}@1"), row["proposals"], strict=True):
            for what, value in figures.items():
                assert line[f"{name} {what}"] == ("" if value is None else str(value))
    impacts = server.http.get(f"/api/proposals/{other}/impacts").json()["indicators"]
    by_id = {row["id"]: row["proposals"][1] for row in told["rows"]}
    assert all(by_id[each["id"]]["value"] == each["proposal"] for each in impacts)
    shown = page(server, f"/compare?of={of}&wait_s=60")
    assert "script" not in shown.tags
    assert "Other" in shown.text


@pytest.mark.parametrize("of", ["", ",", "a,b,c,d,e", "../x", "a@x", "a@1@2"])
def test_a_comparison_of_nothing_is_refused(server: Served, of: str) -> None:
    for address in ("/api/compare", "/api/compare.csv", "/compare"):
        assert server.http.get(address, params={"of": of}).status_code == 422
    assert server.http.get("/api/compare").status_code == 422
    assert server.http.get("/api/compare", params={"of": "nowhere"}).status_code == 404
