"""How long edits take on a city of 100,000 features: apply, warn, next city.

Run `python benchmarks/edit_apply.py`; prints one JSON object, and fails where a limit in it is not kept. The city is a
grid of streets with houses, gardens and trees; edits of every verb fall on random places of it.
"""

import json
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import shapely
from shapely import LineString, Point, box

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import MODES, Building, Feature, Furniture, GreenArea, Lane, Road, Stop, Tree
from citiverse.city.frame import Frame
from citiverse.proposal.edit import EditRefused, parse_edit
from citiverse.proposal.guard import warnings

clock = time.process_time  # of this process: others may share the machine

BLOCK_M, SIDE = 100.0, 66
LANES = (Lane("footway", 2.5), Lane("car", 3.0, "backward"), Lane("car", 3.0, "forward"), Lane("footway", 2.5))
SEED = 7
MOST_MS, MOST_KB = 10.0, 100.0  # for an edit: 95th percentile of its time, and its memory


def features() -> Iterator[Feature]:
    """Streets a hundred metres apart; in each block five houses, a lawn and what else makes 24 features."""
    marks = np.arange(SIDE + 1) * BLOCK_M
    for n, at in enumerate(marks):
        for m in range(SIDE):
            ends = marks[m : m + 2]
            for way, line in (("h", [(x, at) for x in ends]), ("v", [(at, y) for y in ends])):
                yield Road(
                    id=f"r:{way}{n}.{m}",
                    name=f"{way} Street {n}",
                    geometry=LineString(line),
                    category="residential",
                    lanes=LANES,
                    modes=frozenset(MODES),
                )
    for i in range(SIDE):
        for j in range(SIDE):
            yield from block(i * BLOCK_M, j * BLOCK_M, f"{i}.{j}")


def block(x: float, y: float, key: str) -> Iterator[Feature]:
    """What stands between four streets."""
    for n, (dx, dy) in enumerate([(12, 12), (60, 12), (12, 60), (60, 60)]):
        shape = box(x + dx, y + dy, x + dx + 26, y + dy + 26)
        yield Building(id=f"b:{key}.{n}", geometry=shape, height_m=12.0, levels=4.0, use="apartments")
    yield GreenArea(id=f"g:{key}", geometry=box(x + 41, y + 12, x + 57, y + 86), category="park")
    for n in range(14):
        yield Tree(id=f"t:{key}.{n}", geometry=Point(x + 43 + 12 * (n % 2), y + 14 + 5 * n))
    yield Furniture(id=f"f:{key}", geometry=Point(x + 20, y + 4.5), category="bench")
    yield Stop(id=f"s:{key}", geometry=Point(x + 40, y + 5), category="bus")


def edits(city: City, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """One edit of each verb that is timed, at random places."""

    def at(*points: tuple[float, float]) -> list[list[float]]:
        lonlat: list[list[float]] = city.frame.to_lonlat(np.array(points, dtype=float)).tolist()
        return lonlat

    def area(x: float, y: float, wide: float) -> list[list[list[float]]]:
        return [at(*shapely.get_coordinates(box(x, y, x + wide, y + wide)).tolist())]

    i, j = (int(n) for n in rng.integers(1, SIDE - 2, 2))
    x, y = i * BLOCK_M, j * BLOCK_M
    road = f"r:h{j}.{i}"
    yield {"verb": "set_speed", "road": road, "speed_kmh": 20}
    yield {"verb": "block_road", "road": road, "at": at((x + 50, y))[0]}
    yield {"verb": "close_road", "road": road}
    yield {"verb": "close_road", "road": road, "to": ["car", "bus"], "between": at((x, y), (x + 300, y))}
    yield {"verb": "plant_trees", "points": at((x + 41.5, y + 95))}
    yield {"verb": "plant_trees", "line": at((x + 8, y + 4.8), (x + 92, y + 4.8)), "spacing_m": 8}
    yield {"verb": "plant_trees", "area": area(x + 5, y + 5, 90), "per_ha": 60}
    yield {"verb": "add_park", "area": area(x + 10, y + 10, 80)}
    yield {"verb": "add_building", "footprint": area(x + 42, y + 40, 14), "levels": 5, "roof": "gabled"}
    yield {"verb": "reshape_building", "building": f"b:{i}.{j}.0", "levels": 7}
    yield {"verb": "demolish_building", "building": f"b:{i}.{j}.1"}
    yield {"verb": "add_park", "area": area(x - 40, y - 40, 80), "clear": "all"}
    yield {"verb": "add_furniture", "at": at((x + 30, y + 4.5))[0]}
    yield {"verb": "remove_trees", "area": area(x + 10, y + 10, 80)}


def main() -> int:
    """Time 50 rounds of edits, with an overlay that grows to a few hundred changed features."""
    rng = np.random.default_rng(SEED)
    frame = Frame(32635, (380000.0, 6670000.0))
    wide = SIDE * BLOCK_M
    city = city_of(features(), name="grid", title="Grid", frame=frame, bounds=(0.0, 0.0, wide, wide))
    city.near((0.0, 0.0, 1.0, 1.0))
    city.road_parts("r:h1.1")
    spent: dict[str, list[float]] = defaultdict(list)
    told: list[float] = []
    refused = 0
    for _ in range(50):
        for document in edits(city, rng):
            edit = parse_edit(document)
            start = clock()
            try:
                change = edit.apply(city)
                after = city.with_change(change)
            except EditRefused:
                refused += 1
                continue
            spent[edit.verb].append(clock() - start)
            start = clock()
            warnings(city, change)
            told.append(clock() - start)
            city = after
    every = [each for times in spent.values() for each in times]
    applied, kept_kb = milliseconds(every), round(memory(city), 1)
    result = {
        "features": len(city),
        "edits": len(every),
        "refused": refused,
        "apply_ms": applied,
        "warn_ms": milliseconds(told),
        "by_verb_ms": {verb: milliseconds(times) for verb, times in spent.items()},
        "memory_of_an_edit_kb": kept_kb,
        "limits": {"apply_ms.p95": MOST_MS, "memory_of_an_edit_kb": MOST_KB},
    }
    print(json.dumps(result, indent=2))
    return 0 if applied["p95"] <= MOST_MS and kept_kb <= MOST_KB else 1


def milliseconds(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    values = 1e3 * np.array(times)
    return {"p50": round(float(np.median(values)), 2), "p95": round(float(np.quantile(values, 0.95)), 2),
            "max": round(float(values.max()), 2)}  # fmt: skip


def memory(city: City) -> float:
    """Kilobytes that an edit keeps as a proposal does: its change, and what the latest city holds; mean of twenty."""
    changes: list[Change] = []
    tracemalloc.start()
    for n in range(20):
        changes.append(parse_edit({"verb": "set_speed", "road": f"r:h2.{n}", "speed_kmh": 17}).apply(city))
        city = city.with_change(changes[-1])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / 1024.0 / len(changes)


if __name__ == "__main__":
    sys.exit(main())
