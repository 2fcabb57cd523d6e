"""How long after an edit its shape, its tiles and its impacts are there, on the real centre of a city.

A real server in a process of its own, a real client on a real socket. Beside it, in the same run, what the same edits
cost where nothing is reused: all tiles built and all models run from nothing.

    python benchmarks/edit_latency.py [SCENE] [--edits 5] [--json]
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import shapely
from websockets.sync.client import ClientConnection, connect

from citiverse.city.city import City
from citiverse.city.feature import Building, GreenArea, Road
from citiverse.impact.models import MODELS
from citiverse.impact.schedule import assess
from citiverse.proposal.edit import EditRefused, parse_edit
from citiverse.scene.build import build
from citiverse.session.opening import open_scene

Json = dict[str, Any]

TARGETS_MS = {"patch": 20.0, "tile bytes": 100.0, "first impact": 1000.0, "all impacts": 3000.0}
NAMES = ("saved", "patch", "tile bytes", "all tiles", "first impact", "all impacts")
OVERTIME_S = 60.0
BASELINES = 3


def edits_of(city: City, count: int) -> list[Json]:
    """`count` edits of each of the seven verbs that the city takes, spread over it; the same ones every time."""
    found: list[Json] = []
    for candidates in (
        closings(city), speeds(city), trees(city), parks(city), houses(city), storeys(city), demolitions(city)
    ):  # fmt: skip
        taken = 0
        for edit in candidates:
            if taken == count:
                break
            try:
                parse_edit(edit).apply(city)
            except EditRefused:
                continue
            found.append(edit)
            taken += 1
    return found


def spread(features: list[Any]) -> Iterator[Any]:
    """The features in an order that jumps about, without repeats."""
    return (features[k] for k in np.random.default_rng(1).permutation(len(features)))


def streets(city: City) -> Iterator[Road]:
    return spread([road for road in city.all(Road) if "car" in road.modes and not road.tunnel])


def closings(city: City) -> Iterator[Json]:
    return ({"verb": "close_road", "road": road.id, "to": ["car", "truck"]} for road in streets(city))


def speeds(city: City) -> Iterator[Json]:
    return ({"verb": "set_speed", "road": road.id, "speed_kmh": 20} for road in streets(city) if road.speed_kmh != 20)


def trees(city: City) -> Iterator[Json]:
    for green in spread(list(city.all(GreenArea))):
        inside = shapely.Point(green.geometry.representative_point())
        yield {"verb": "plant_trees", "points": lonlat(city, [(inside.x, inside.y)])}


def parks(city: City) -> Iterator[Json]:
    for x, y in places(city):
        yield {"verb": "add_park", "area": [square(city, x, y, 15.0)], "kind": "garden"}


def houses(city: City) -> Iterator[Json]:
    for x, y in places(city):
        yield {"verb": "add_building", "footprint": [square(city, x, y, 6.0)], "levels": 5, "use": "apartments"}


def storeys(city: City) -> Iterator[Json]:
    for building in spread(list(city.all(Building))):
        yield {"verb": "reshape_building", "building": building.id, "levels": max(1, round(building.levels)) + 2}


def demolitions(city: City) -> Iterator[Json]:
    return ({"verb": "demolish_building", "building": building.id} for building in spread(list(city.all(Building))))


def places(city: City) -> Iterator[tuple[float, float]]:
    west, south, east, north = city.bounds
    points = np.random.default_rng(2).uniform((west + 40, south + 40), (east - 40, north - 40), (4000, 2))
    return ((float(x), float(y)) for x, y in points)


def square(city: City, x: float, y: float, half_m: float) -> list[list[float]]:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return lonlat(city, [(x + half_m * a, y + half_m * b) for a, b in corners])


def lonlat(city: City, points: list[tuple[float, float]]) -> list[list[float]]:
    return [[round(float(value), 7) for value in point] for point in city.frame.to_lonlat(np.array(points))]


def served(scene: str, data: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "citiverse", "serve", scene, "--data", str(data), "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until_assessed(http: httpx.Client, scene: str) -> float:
    """Seconds until the scene is served; waits until it is assessed too."""
    begin, ready = time.perf_counter(), 0.0
    while time.perf_counter() - begin < 300.0:
        time.sleep(0.05)
        try:
            answer = http.get("/health/ready")
        except httpx.TransportError:
            continue
        if answer.status_code == 200:
            ready = ready or time.perf_counter() - begin
            if answer.json()["scenes"][scene]["assessed"]:
                return ready
    raise SystemExit("The server did not become ready.")


def timed(socket: ClientConnection, http: httpx.Client, scene: str, edit: Json, seq: int) -> dict[str, float]:
    """Milliseconds from sending an edit, the `seq`-th of its proposal, to each thing that follows from it."""
    begin = time.perf_counter()
    times: dict[str, float] = {}

    def note(name: str) -> None:
        times[name] = 1000.0 * (time.perf_counter() - begin)

    socket.send(json.dumps({"type": "edit", "op_id": f"{seq}", "edit": edit}))
    while "all impacts" not in times:
        message = json.loads(socket.recv(timeout=OVERTIME_S))
        if message["type"] == "refused":
            raise SystemExit(f"{edit} was refused: {message['problem']['detail']}")
        if message.get("seq") != seq:
            continue
        match message["type"]:
            case "ack":
                note("saved")
            case "patch":
                note("patch")
            case "tiles":
                for key, digest in message["set"].items():
                    http.get(f"/api/scenes/{scene}/tiles/{key}.{digest}.glb").raise_for_status()
                note("all tiles")
                times.setdefault("tile bytes", times["all tiles"])
            case "impacts":
                note("all impacts" if message["status"] != "running" else "latest impact")
                times.setdefault("first impact", times.get("latest impact") or times["all impacts"])
    return times


def from_nothing(city: City, edits: list[Json]) -> dict[str, float]:
    """Milliseconds that the same edits cost where nothing is reused, median."""
    tiles, models = [], []
    for edit in edits:
        after = city.with_change(parse_edit(edit).apply(city))
        begin = time.perf_counter()
        build(after)
        built = time.perf_counter()
        assess(after, MODELS)
        tiles.append(1000.0 * (built - begin))
        models.append(1000.0 * (time.perf_counter() - built))
    return {"all tiles": float(np.median(tiles)), "all impacts": float(np.median(models))}


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not exceed: the nearest rank."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("scene", nargs="?", default="helsinki")
    parser.add_argument("--edits", type=int, default=5, help="of each verb")
    parser.add_argument("--port", type=int, default=8219)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(os.environ.get("CITIVERSE_DATA", folder))
        server = served(options.scene, data, options.port)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{options.port}", timeout=60.0) as http:
                ready_s = until_assessed(http, options.scene)
                city = open_scene(options.scene, data, lambda _words, _share: None).city
                edits = edits_of(city, options.edits)
                begun = http.post(f"/api/scenes/{options.scene}/proposals", json={"title": "Measured"}).json()
                with connect(
                    f"ws://127.0.0.1:{options.port}/api/proposals/{begun['id']}/live", max_size=None
                ) as socket:
                    socket.send('{"type":"hello"}')
                    times = [timed(socket, http, options.scene, edit, n) for n, edit in enumerate(edits, 1)]
        finally:
            server.terminate()
            server.wait(20)
    baseline = from_nothing(city, edits[:: max(1, len(edits) // BASELINES)][:BASELINES])
    result: Json = {
        "scene": options.scene,
        "edits": len(edits),
        "first_start_s": round(ready_s, 1),
        "load": os.getloadavg()[0],
    }
    for name in NAMES:
        values = [each[name] for each in times if name in each]
        result[name] = {
            "p50_ms": round(float(np.median(values)), 1),
            "p95_ms": round(p95(values), 1),
            "target_ms": TARGETS_MS.get(name),
        }
        if name in baseline:
            result[name] |= {
                "from_nothing_ms": round(baseline[name], 1),
                "times": round(baseline[name] / np.median(values), 1),
            }
    if options.json:
        print(json.dumps(result))
        return 0
    print(f"{options.scene}: {len(edits)} edits; served {ready_s:.1f} s after a first start; load {result['load']:.1f}")
    print(f"{'edit to':<14}{'p50 ms':>9}{'p95 ms':>9}{'at most':>9}{'from nothing':>14}")
    for name in NAMES:
        row = result[name]
        print(
            f"{name:<14}{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}{row['target_ms'] or math.nan:>9.0f}"
            f"{row.get('from_nothing_ms', math.nan):>14.0f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
