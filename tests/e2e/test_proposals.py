"""What becomes of a proposal in the browser: other words, pictures, disputes of two, and newer data of the city."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import PATIENCE_MS, free_port, wait_until_ready
from tests.server.town import make_town

SLOW = {"verb": "set_speed", "road": "osm:w10", "speed_kmh": 20}
SLOWER = {**SLOW, "speed_kmh": 10}
TALLER = {"verb": "reshape_building", "building": "osm:w110", "levels": 9}
HIGHER = {"verb": "reshape_building", "building": "osm:w120", "levels": 12}
TREES = {"verb": "plant_trees", "points": [[24.9405, 60.1702], [24.9406, 60.1702]]}


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The address of a server that shows the town."""
    port = free_port()
    log = (data / "server.log").open("w")
    command = [sys.executable, "-m", "citiverse", "serve", "town", "--port", str(port), "--data", str(data)]
    server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", server, data / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        log.close()
    assert "Traceback" not in (data / "server.log").read_text()


@contextmanager
def opened(browser: Browser, address: str, language: str = "en") -> Iterator[Page]:
    """A page on a device without WebGL, where nothing may go wrong unseen."""
    page = browser.new_page(viewport={"width": 700, "height": 900}, reduced_motion="reduce", locale=language)
    page.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()
    yield page
    page.close()
    assert [each for each in faults if "WebGL" not in each] == []


def proposal(url: str, title: str, *edits: dict[str, Any]) -> str:
    id = httpx.post(f"{url}/api/scenes/town/proposals", json={"title": title}).json()["id"]
    for edit in edits:
        assert httpx.post(f"{url}/api/proposals/{id}/edits", json=edit, timeout=60).status_code == 201
    return str(id)


def part(page: Page, name: str, panel: str = "Proposal") -> None:
    """Open a part of the proposal's panel."""
    if not page.get_by_role("radio", name=name, exact=True).count():
        page.get_by_role("button", name=panel, exact=True).first.click()
    page.get_by_role("radio", name=name, exact=True).check(force=True)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    make_town(folder)
    return folder


def import_anew(data: Path) -> None:
    """Data in which two houses have gone."""
    import osmium

    path = data / "scenes" / "town.osm.pbf"
    fresh = path.with_name("fresh.osm.pbf")
    with osmium.SimpleWriter(str(fresh)) as writer:
        for each in osmium.FileProcessor(str(path)):
            if isinstance(each, osmium.osm.Way) and each.id in (110, 120):
                continue
            writer.add(each)
    fresh.replace(path)


def test_a_proposal_is_named_pictured_merged_and_carried_over(browser: Browser, data: Path) -> None:
    with served(data) as url:
        a, b = proposal(url, "First", SLOW, TALLER, HIGHER), proposal(url, "Other", SLOWER, TREES)
        with opened(browser, f"{url}/?scene=town&proposal={a}") as page:
            part(page, "Changes")
            page.get_by_role("button", name="Title and words").click()
            page.get_by_label("Title", exact=True).fill("Slow and tall")
            page.get_by_label("Why? In your words").fill("For the children.")
            page.get_by_role("button", name="Save").click()
            page.get_by_role("heading", name="Slow and tall").wait_for()
            page.get_by_text("For the children.").wait_for()
            page.get_by_text("Before and after in pictures").click()
            for name in ("Before", "After"):
                picture = page.get_by_role("img", name=f"{name}, Above")
                picture.wait_for()
                handle = picture.element_handle()
                page.wait_for_function("image => image.complete && image.naturalWidth > 300", arg=handle)
            part(page, "Status")
            page.get_by_role("button", name="Merge with another").click()
            page.get_by_label("The other proposal").select_option(b)
            page.get_by_text("They dispute 1 thing").wait_for()
            page.get_by_label("The other:").check(force=True)
            page.get_by_role("button", name="Check again").click()
            page.get_by_text("They fit together").wait_for()
            page.get_by_role("button", name="Make one of both").click()
            page.wait_for_url(lambda address: "proposal=" in address and a not in address)
            merged = page.url.partition("proposal=")[2].partition("&")[0].partition("#")[0]
        sentences = [each["sentence"] for each in httpx.get(f"{url}/api/proposals/{merged}/history").json()["history"]]
        assert any("10 km/h" in each for each in sentences)
        assert not any("20 km/h" in each for each in sentences)
        assert httpx.get(f"{url}/api/proposals/{a}").json()["words"] == "For the children."
    import_anew(data)
    with served(data) as url, opened(browser, f"{url}/?scene=town&proposal={a}", "de") as page:
        part(page, "Änderungen", "Vorschlag")
        page.get_by_text("1. Street: Tempolimit 20 km/h").wait_for()
        part(page, "Stand")
        page.get_by_role("heading", name="Auf die neuen Daten übertragen").wait_for()
        carry = page.get_by_role("button", name="Übertragen", exact=True)
        assert carry.is_disabled()
        lost = page.locator("section ul.results > li")
        assert lost.count() == 2
        lost.nth(0).get_by_label("Behalten, ohne Wirkung").check(force=True)
        lost.nth(1).get_by_label("Etwas anderes meinen").check(force=True)
        lost.nth(1).get_by_role("combobox").select_option("osm:w112")
        page.get_by_text("nichts ist mehr offen").wait_for()
        carry.click()
        page.get_by_text("Auf die neuen Daten übertragen.", exact=True).first.wait_for()
        told = httpx.get(f"{url}/api/proposals/{a}/edits").json()
        assert [each.get("building") for each in told["edits"]] == [None, "osm:w112"]
        assert [each["edit"]["building"] for each in told["waiting"]] == ["osm:w110"]
