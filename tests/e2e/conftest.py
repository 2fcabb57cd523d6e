"""A real server with the default city and a real Chromium in front of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[2]
IWER = ROOT / "web_client/node_modules/iwer/build/iwer.min.js"
AXE = ROOT / "web_client/node_modules/axe-core/axe.min.js"

# Software WebGL, and no connection of Chromium's own to the outside.
ARGUMENTS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--mute-audio", "--disable-dev-shm-usage",
]  # fmt: skip


PATIENCE_MS = int(
    os.environ.get("PATIENCE_MS", "90000")
)  # drawing without a GPU takes a second a frame, more on a busy machine


# Counts what is not taken away again, and the bytes of geometry that go to the graphics card.
COUNTING = """(() => {
  window.counted = { listeners: 0, bytes: 0 };
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this === window || this === document || this.id === 'city') counted.listeners += 1;
    return add.call(this, type, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, ...rest) {
    if (this === window || this === document || this.id === 'city') counted.listeners -= 1;
    return remove.call(this, type, ...rest);
  };
  for (const name of ['bufferData', 'bufferSubData']) {
    const { [name]: send } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype[name] = function (target, ...rest) {
      const data = rest.find((each) => ArrayBuffer.isView(each));
      if (target !== this.UNIFORM_BUFFER) counted.bytes += data?.byteLength ?? 0;
      return send.call(this, target, ...rest);
    };
  }
})();"""


def chromium() -> str | None:
    """Path of the Chromium to test with."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def city_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that has built the default city; CITIVERSE_URL names one that runs already."""
    if running := os.environ.get("CITIVERSE_URL"):
        yield running
        return
    data = tmp_path_factory.mktemp("data")
    port = free_port()
    log = (data / "server.log").open("w")
    command = [sys.executable, "-m", "citiverse", "serve", "--port", str(port), "--data", str(data)]
    server = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, server, data / "server.log")
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()
    assert "Traceback" not in (data / "server.log").read_text()


def wait_until_ready(url: str, server: "subprocess.Popen[bytes]", log: Path, timeout_s: float = 180.0) -> None:
    """Return when the city can be explored; fail with the server's log when it never can."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"The server has stopped:\n{log.read_text()}")
        try:
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    pytest.fail(f"The server is not ready after {timeout_s:.0f} s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium with WebGL in software."""
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium; install Debian's package chromium.")
        pytest.skip("There is no Chromium; install Debian's package chromium or set CHROMIUM.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield opened
        opened.close()


class Watched:
    """A page whose complaints and requests are kept."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: str = "/") -> "Watched":
        """Go to `path` in test mode and wait until the city is drawn."""
        place, _, view = path.partition("#")
        joint = "&" if "?" in place else "?"
        self.page.goto(f"{self.url}{place}{joint}test=1&aa=0&quality=high#{view}")
        self.until("!!window.__citiverse && window.__citiverse.frames > 2")
        self.settle()
        return self

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until no further tile changes the picture."""
        deadline = time.monotonic() + timeout_s
        seen, since = -1, time.monotonic()
        while time.monotonic() < deadline:
            triangles = int(self.page.evaluate("window.__citiverse.triangles"))
            if triangles != seen or triangles == 0:
                seen, since = triangles, time.monotonic()
            elif time.monotonic() - since > 2.0:
                return
            time.sleep(0.2)
        pytest.fail("The picture never settled.")

    def wait_frames(self, count: int = 2) -> None:
        """Wait for frames of the application, not for time."""
        start = self.page.evaluate("window.__citiverse.frames")
        self.until(f"window.__citiverse.frames >= {start + count}")

    def until(self, expression: str, timeout_s: float = 60.0) -> None:
        """Wait until a JavaScript expression is true; the page's policy forbids Playwright's own way, which evals."""
        deadline = time.monotonic() + timeout_s
        while not self.page.evaluate(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                complaints = "; ".join(self.errors)
                pytest.fail(f"This never came true: {expression}. The page says: {complaints}")
            time.sleep(0.05)


def page_with_headset(browser: Browser) -> Page:
    """A small page in a browser that believes in a headset: iwer's emulated Quest 3."""
    page = browser.new_page(viewport={"width": 320, "height": 180})  # pixels cost most of a frame without a GPU
    page.add_init_script(IWER.read_text() + "\n//# sourceURL=iwer-runtime.js")
    page.add_init_script(
        "window.xrDevice = new IWER.XRDevice(IWER.metaQuest3, {stereoEnabled: true});"
        "xrDevice.installRuntime({forceInstall: true});"
    )
    return page


@pytest.fixture
def visit(browser: Browser, city_url: str) -> Iterator[Callable[..., Watched]]:
    """Open a fresh page; every page opened is closed at the end, and none may have complained."""
    opened: list[Watched] = []

    def fresh(*, width: int = 640, height: int = 360, **context: object) -> Watched:
        viewport: ViewportSize = {"width": width, "height": height}
        page = browser.new_page(viewport=viewport, **context)  # type: ignore[arg-type]
        opened.append(Watched(page, city_url))
        return opened[-1]

    yield fresh
    complaints = [error for each in opened for error in each.errors]
    for each in opened:
        each.page.context.close()
    assert complaints == []


@pytest.fixture
def a_proposal(city_url: str) -> str:
    """Id of a fresh proposal."""
    scene = httpx.get(f"{city_url}/api/scenes").json()
    name = scene["scenes"][0]["id"]
    answer = httpx.post(f"{city_url}/api/scenes/{name}/proposals", content=json.dumps({"title": "A quieter street"}))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
