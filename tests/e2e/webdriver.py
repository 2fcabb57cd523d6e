"""Firefox and WebKit, driven by what they speak themselves: WebDriver BiDi, and classic WebDriver over HTTP."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import free_port

FIREFOX = ("firefox-esr", "firefox")  # as Debian and others name the program
WIDTH, HEIGHT = 1000, 600
PATIENCE_S = 90.0
SHOWN = "document.body.innerText.replace(/\\s+/g, ' ')"
START_S = 60.0
STEP_S = 0.1
STILL_S = 0.5

# No connection of Firefox's own, and no animation of the page's.
PREFERENCES: dict[str, bool | int] = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "ui.prefersReducedMotion": 1,
}
# As WebDriver's section 17.4.2 names them.
KEYS = {"Tab": "\ue004", "Enter": "\ue006", "Escape": "\ue00c", "ArrowDown": "\ue015", "Shift": "\ue008"}
KEYS |= {"Control": "\ue009"}


Answer = TypeVar("Answer")


class Wire(Protocol):
    """What each browser is asked in its own way."""

    def go(self, url: str) -> None:
        """Open an address."""

    def evaluate(self, expression: str) -> str:
        """JSON of a JavaScript expression's value."""

    def act(self, actions: list[dict[str, Any]]) -> None:
        """Perform input as WebDriver's actions."""

    def picture(self) -> bytes:
        """PNG of the page."""

    def close(self) -> None:
        """End the browser."""


class OtherBrowser:
    """A page in another browser."""

    def __init__(self, wire: Wire, url: str) -> None:
        self.wire = wire
        self.url = url

    def open(self, path: str = "/") -> "OtherBrowser":
        """Go to `path` in test mode and wait until the city is drawn."""
        self.go(path)
        self.until("(window.__citiverse?.frames ?? 0) > 2 && __citiverse.loading >= 1")
        self.evaluate(
            "window.complaints = [], addEventListener('error', (each) => complaints.push(String(each.message))),"
            "addEventListener('unhandledrejection', (each) => complaints.push(String(each.reason))), 0"
        )
        return self

    def go(self, path: str) -> None:
        """Go to `path` in test mode."""
        place, _, view = path.partition("#")
        self.wire.go(f"{self.url}{place}{'&' if '?' in place else '?'}test=1&aa=0#{view}")

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 (whatever the page answers)
        return json.loads(self.wire.evaluate(f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"))

    def until(self, expression: str, timeout_s: float = PATIENCE_S) -> Any:  # noqa: ANN401
        """Wait until an expression is true; its value."""
        deadline = time.monotonic() + timeout_s
        while not (found := self.evaluate(expression)):
            if time.monotonic() > deadline:
                pytest.fail(f"This never came true: {expression}. The page shows: {self.evaluate(SHOWN)}")
            time.sleep(STEP_S)
        return found

    def click(self, x: float, y: float) -> None:
        """Press and release the mouse where one sees that pixel of the page."""
        at = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pause", "duration": 30}]
        steps = [at, *press, {"type": "pointerUp", "button": 0}]
        self.wire.act([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}])

    def push(self, text: str) -> None:
        """Click the button of this name once one can and it stays where it is."""
        named = "(e.getAttribute('aria-label') ?? e.textContent).trim()"
        where = (
            f"(() => {{ const e = [...document.querySelectorAll('button')].find((e) => !e.disabled && e.offsetParent"
            f" && {named}.startsWith({json.dumps(text)})); if (!e) return null; e.scrollIntoView({{block: 'center'}});"
            " const {x, y, width, height} = e.getBoundingClientRect(); return [x + width / 2, y + height / 2]; })()"
        )
        before = None
        while (at := self.until(where)) != before:
            before = at
            time.sleep(STILL_S)
        self.click(*at)

    def press(self, *keys: str) -> None:
        """Press keys one after the other; "Shift+Tab" holds the first."""
        steps: list[dict[str, str]] = []
        for each in keys:
            held = [KEYS.get(key, key) for key in each.split("+")]
            steps += [{"type": "keyDown", "value": key} for key in held]
            steps += [{"type": "keyUp", "value": key} for key in reversed(held)]
        self.wire.act([{"type": "key", "id": "keys", "actions": steps}])

    def type(self, text: str) -> None:
        self.press(*text)

    def says(self, text: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the page shows a text."""
        self.until(f"document.body.innerText.includes({json.dumps(text)})", timeout_s)


class Firefox:
    """Firefox by WebDriver BiDi, which it listens to itself."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._asked = 0
        self._ask("session.new", capabilities={})
        # The window that it opens with takes no keys on its buttons, and later takes the focus from others.
        first = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        self._page = self._ask("browsingContext.create", type="window")["context"]
        self._ask("browsingContext.close", context=first)
        self._ask("browsingContext.setViewport", context=self._page, viewport={"width": WIDTH, "height": HEIGHT})

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._asked += 1
        self._line.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while (said := json.loads(self._line.recv(timeout=PATIENCE_S))).get("id") != self._asked:
            pass
        assert said["type"] == "success", said
        return dict(said["result"])

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def evaluate(self, expression: str) -> str:
        target = {"context": self._page}
        found = self._ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return str(found["result"]["value"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("input.performActions", context=self._page, actions=actions)

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self._page)["data"])

    def close(self) -> None:
        """End the browser."""
        self._ask("browser.close")


class WebKit:
    """WebKitGTK's small browser by classic WebDriver, through the driver that comes with it."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S)
        _patiently(lambda: self._http.get("/status").raise_for_status())
        self._session = ""
        self._session = f"/session/{self._ask('POST', '/session', capabilities={})['sessionId']}"
        self._ask("POST", "/window/rect", width=WIDTH, height=HEIGHT)

    def _ask(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401
        answer = self._http.request(method, f"{self._session}{path}", json=body if method == "POST" else None)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def go(self, url: str) -> None:
        self._ask("POST", "/url", url=url)

    def evaluate(self, expression: str) -> str:
        return str(self._ask("POST", "/execute/sync", script=f"return {expression}", args=[]))

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("POST", "/actions", actions=actions)

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def close(self) -> None:
        """End the browser, which the driver's own end would leave behind."""
        self._ask("DELETE", "")
        self._http.close()


def _patiently(connect: Callable[[], Answer]) -> Answer:
    """The first answer of a program that is still starting."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            return connect()
        except (OSError, httpx.HTTPError):
            if time.monotonic() > deadline:
                raise
            time.sleep(STEP_S)


def lacking(browser: str) -> list[str]:
    """Debian's packages that are wanted for a browser and are not here."""
    have = {
        "firefox-esr": any(shutil.which(name) for name in FIREFOX),
        "webkit2gtk-driver": shutil.which("WebKitWebDriver") is not None,
        "xvfb": shutil.which("Xvfb") is not None,
    }
    return [name for name in ("firefox-esr" if browser == "firefox" else "webkit2gtk-driver", "xvfb") if not have[name]]


@contextmanager
def _running(command: list[str], log: Path, **more: Any) -> Iterator["subprocess.Popen[bytes]"]:  # noqa: ANN401
    with log.open("w") as said, subprocess.Popen(command, stdout=said, stderr=said, **more) as program:
        try:
            yield program
        finally:
            program.terminate()


@contextmanager
def _screen(folder: Path) -> Iterator[dict[str, str]]:
    """The environment with a screen of its own, for neither browser has WebGL without one."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with _running(command, folder / "screen.log", pass_fds=[writing]):
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}


@contextmanager
def firefox(folder: Path) -> Iterator[Wire]:
    """A Firefox with a fresh profile in `folder`."""
    program = next(found for name in FIREFOX if (found := shutil.which(name)))
    profile = folder / "profile"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    port = free_port()
    command = [
        program,
        "--headless",
        "--no-remote",
        "--profile",
        str(profile),
        f"--remote-debugging-port={port}",
        "about:blank",
    ]
    with _screen(folder) as environment, _running(command, folder / "firefox.log", env=environment):
        _patiently(lambda: socket.create_connection(("127.0.0.1", port)).close())
        with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as line, closing(Firefox(line)) as wire:
            yield wire


@contextmanager
def webkit(folder: Path) -> Iterator[Wire]:
    """A WebKit by its driver, with a home in `folder`."""
    port = free_port()
    command = ["WebKitWebDriver", f"--port={port}"]
    with _screen(folder) as environment:
        # Its sandbox needs rights that containers do not give; it only opens our own page.
        alone = {**environment, "HOME": str(folder), "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        with _running(command, folder / "webkit.log", env=alone), closing(WebKit(port)) as wire:
            yield wire
