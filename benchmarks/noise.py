"""How long the noise of roads and trams takes: a whole city, a change of traffic alone, a building edit.

Run `python benchmarks/noise.py [SCENE]` (helsinki by default); prints one JSON object with wall and processor seconds
and their ratios to a full run. A run that reuses another must give the same bits as one from scratch.
"""

import json
import sys
import time
from dataclasses import replace

import numpy as np
from shapely import box

from citiverse.city.change import NO_CHANGE, Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, Road
from citiverse.gis.read import read_scene
from citiverse.gis.recipe import find_scene
from citiverse.impact.model import Impact, Previous
from citiverse.impact.models.noise import Noise, NoiseField
from citiverse.impact.models.traffic import Traffic

TRIES = 5


def never() -> bool:
    """Go on."""
    return False


def timed(city: City, traffic: Impact, previous: Previous | None, tries: int) -> tuple[dict[str, float], NoiseField]:
    """Median and slowest of a few runs."""
    wall, processor = [], []
    for _ in range(tries):
        wall_start, processor_start = time.perf_counter(), time.process_time()
        impact = Noise().run(city, {"traffic": traffic}, previous, never)
        wall.append(time.perf_counter() - wall_start)
        processor.append(time.process_time() - processor_start)
        assert isinstance(impact.output, NoiseField)
        field = impact.output
    return {
        "wall_s": round(float(np.median(wall)), 3),
        "slowest_s": round(max(wall), 3),
        "processor_s": round(float(np.median(processor)), 3),
        "paths_traced": field.operator.computed + field.from_tracks.computed,
    }, field


def main() -> None:
    """Time the three kinds of run and compare their results."""
    city = read_scene(find_scene(sys.argv[1] if len(sys.argv) > 1 else "helsinki")).city
    traffic = Traffic().run(city, {}, None, never)
    start = time.perf_counter()
    Noise().run(city, {"traffic": traffic}, None, never)
    first = time.perf_counter() - start
    full, field = timed(city, traffic, None, 1)
    base = Impact("noise", "", "full", (), (), field)

    busiest = max(city.all(Road), key=lambda road: traffic.layers[0].values.get(road.id, 0.0))  # type: ignore[union-attr]
    calm = change_between({busiest.id: busiest}, {busiest.id: replace(busiest, speed_kmh=20.0)})
    slower = Traffic().run(city.with_change(calm), {}, Previous(traffic, calm), never)
    flows, moved = timed(city.with_change(calm), slower, Previous(base, calm), TRIES)
    _, scratch = timed(city.with_change(calm), slower, None, 1)
    same_flows = np.array_equal(moved.found.lden, scratch.found.lden)

    west, south, east, north = city.bounds
    x, y = (west + east) / 2, (south + north) / 2
    some = min(city.all(Building), key=lambda building: building.geometry.centroid.distance(box(x, y, x, y)))
    tower = replace(some, geometry=box(x, y, x + 30.0, y + 20.0), height_m=25.0, id="new:tower")
    added = Change({tower.id: None}, {tower.id: tower})
    building, edited = timed(city.with_change(added), traffic, Previous(base, added), TRIES)
    _, scratch = timed(city.with_change(added), traffic, None, 1)
    same_building = np.array_equal(edited.operator.transfer, scratch.operator.transfer) and np.array_equal(
        edited.from_tracks.transfer, scratch.from_tracks.transfer
    )
    reused, _ = timed(city, traffic, Previous(base, NO_CHANGE), TRIES)

    print(
        json.dumps(
            {
                "receivers": len(field.receivers.points),
                "street_pieces": len(field.operator.pieces.keys),
                "track_pieces": len(field.from_tracks.pieces.keys),
                "operator_entries": len(field.operator.row_piece) + len(field.from_tracks.row_piece),
                "operator_mb": round((field.operator.transfer.nbytes + field.from_tracks.transfer.nbytes) / 1e6),
                "first_run_s": round(first, 3),
                "full": full,
                "traffic_only": flows,
                "building_edit": building,
                "nothing_changed": reused,
                "full_over_traffic_only": round(full["processor_s"] / flows["processor_s"], 1),
                "full_over_building_edit": round(full["processor_s"] / building["processor_s"], 1),
                "bits_equal": {"traffic_only": same_flows, "building_edit": same_building},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
