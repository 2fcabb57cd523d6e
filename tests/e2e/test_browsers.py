"""The journeys of a flat screen in Firefox and in WebKit, where they are installed, and both in one room."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_citizen import CALM, SEEK, Visit, middle
from tests.e2e.test_together import propose, street
from tests.e2e.webdriver import OtherBrowser, firefox, lacking, webkit

pytestmark = pytest.mark.soak

BROWSERS = {"firefox": firefox, "webkit": webkit}


@pytest.fixture(scope="module", params=BROWSERS)
def other(
    request: pytest.FixtureRequest, city_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OtherBrowser]:
    """A page in Firefox, then one in WebKit."""
    yield from opened(request.param, city_url, tmp_path_factory.mktemp(request.param))


def opened(name: str, url: str, folder: Path) -> Iterator[OtherBrowser]:
    """A page in one of them, or the reason why there is none."""
    if wanted := lacking(name):
        pytest.skip(f"There is no {name}: install Debian's {' and '.join(wanted)}.")
    with BROWSERS[name](folder) as wire:
        yield OtherBrowser(wire, url)


def seen(page: OtherBrowser, kind: str, id: str | None = None) -> tuple[float, float, str]:
    """A pixel where one sees a feature of this kind, once one does, and which it is."""
    x, y, found = page.until(f"({SEEK})({json.dumps([kind, id])})")
    return x, y, found


def unspoilt(page: OtherBrowser) -> None:
    assert page.evaluate("complaints") == []


def test_the_city_is_drawn_and_what_one_picks_is_told(other: OtherBrowser, city_url: str) -> None:
    other.open()
    assert 0 < other.evaluate("__citiverse.draws") <= 60
    asked = other.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert [each for each in asked if not each.startswith((city_url, "blob:", "data:"))] == []
    x, y, id = seen(other, "building")
    other.click(x, y)
    other.says(id)
    x, y = other.evaluate(
        "(({x, y}) => [x + 40, y + 10])(document.querySelector('input[type=search]').getBoundingClientRect())"
    )
    other.click(x, y)
    other.type("fabianin")
    other.push("Fabianinkatu")
    other.until("[...document.querySelectorAll('h2')].some((each) => each.textContent === 'Fabianinkatu')")
    unspoilt(other)


def test_a_street_is_closed_by_pointing_before_the_eyes_of_a_chromium(
    other: OtherBrowser, visit: Visit, city_url: str
) -> None:
    id = street(city_url)["id"]
    place = f"/?proposal={propose(city_url, 'Another browser')}#orbit/{middle(city_url, id)},90.0m,0.0,80.0"
    onlooker = visit(**CALM).open(place)
    other.open(place)
    other.push("Close a street")
    other.until("document.querySelectorAll('.draft').length")
    x, y, _ = seen(other, "road", id)
    other.click(x, y)
    other.push("Propose this")
    for each in (other, onlooker):
        each.until("__citiverse.revision === 1")
    other.until("__citiverse.state.impacts.value?.seq === 1 && document.querySelectorAll('.impacts .sentence').length")
    other.push("Undo")
    onlooker.until("__citiverse.revision === 2")
    unspoilt(other)


def test_a_street_is_found_and_slowed_by_keyboard_without_the_picture(other: OtherBrowser, city_url: str) -> None:
    proposal = propose(city_url, "By keyboard")
    other.open(f"/?proposal={proposal}")
    tab_to(other, "List without 3D")
    other.press("Enter")
    other.says("What is around")
    tab_to(other, "To the forms")
    other.press("Enter", "Shift+Tab")
    tab_to(other, "Change a speed limit")
    other.press("Enter")
    other.until("document.querySelectorAll('.draft input[type=search]').length")
    tab_to(other, "Street: part of its name")
    other.type("Fabianinkatu")
    other.until("[...document.querySelectorAll('option')].some((each) => each.textContent.startsWith('Fabianinkatu'))")
    tab_to(other, "Street")
    other.press("ArrowDown")
    tab_to(other, "Propose this")
    other.press("Enter")
    other.until("__citiverse.revision === 1")
    (edit,) = httpx.get(f"{city_url}/api/proposals/{proposal}/edits").json()["edits"]
    assert edit["verb"] == "set_speed"
    unspoilt(other)


def tab_to(page: OtherBrowser, name: str, most: int = 250) -> None:
    """Press Tab until the focus is on a control of this name; past the page's end it would go to the browser's own."""
    said = (
        "(() => { const e = document.activeElement; return ((e.getAttribute('aria-label')"
        " ?? [...(e.labels ?? [])].map((each) => each.textContent).join(' ')) || e.textContent).trim(); })()"
    )
    for _ in range(most):
        page.press("Tab")
        if page.evaluate(said).startswith(name):
            return
    pytest.fail(f"No Tab leads to {name!r}.")
