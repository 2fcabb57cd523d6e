"""What the models find in a scene's cities, kept so that what was known comes back at once."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import orjson

from citiverse.city.city import City
from citiverse.geometry.grid import Grid
from citiverse.impact.compare import compare
from citiverse.impact.model import Cancelled, Impact, ImpactModel, Layer
from citiverse.impact.schedule import Assessment, assess
from citiverse.impact.who import who
from citiverse.session.messages import Json
from citiverse.session.shelf import Shelf

TOLD = 256  # recent cities whose figures come back at once
KEPT = 4  # of them, those whose whole assessment is kept for the next edit: noise alone may hold 100 MB in each
_LAYER_MEMORY_BYTES = 96 << 20

Status = Literal["running", "fast", "full"]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What is known of a city so far, ready to be told.

    `assessment` is None while models still run, and again when it is too old to be kept.
    """

    assessment: Assessment | None
    told: Json


NOTHING_YET = Finding(None, {"status": "running", "indicators": [], "models": [], "layers": [], "refused": []})
FAILED = Finding(
    None,
    {
        **NOTHING_YET.told,
        "status": "full",
        "refused": [{"model": "", "detail": "The models failed on this proposal. The server's log says why."}],
    },
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one model has to say."""

    indicators: list[Json]
    run: Json
    layers: list[Json]


class Findings:
    """Impacts on a scene's base city and on the cities that proposals make of it.

    Used from worker threads. `layers` keeps what is painted on the scene under the hash of its bytes.
    """

    def __init__(self, scene: str, city: City, models: tuple[ImpactModel, ...]) -> None:
        self.city = city
        self.models = models
        self.layers = Shelf(None, memory_bytes=_LAYER_MEMORY_BYTES)
        self._scene = scene
        self._known: OrderedDict[str, Finding] = OrderedDict()
        self._baseline: Finding | None = None
        self._first = threading.Lock()
        self._stopped = threading.Event()

    @property
    def measured(self) -> bool:
        """Whether the city as it is has been assessed."""
        return self._baseline is not None

    @property
    def known_baseline(self) -> Finding | None:
        """What models find in the city as it is, None until they have."""
        return self._baseline

    def known(self, revision: str) -> Finding | None:
        """What models found in the city of this fingerprint, None where they have not looked."""
        return self._baseline if revision == self.city.fingerprint() else self._known.get(revision)

    def baseline(self) -> Finding:
        """What models find in the city as it is; the first call computes it, which compiles the kernels as well.

        Raises Superseded after `stop`.
        """
        with self._first:
            if self._baseline is None:
                self._baseline = self._run(self.city, None, self._stopped.is_set, lambda _: None)
            return self._baseline

    def stop(self) -> None:
        """Give up what runs."""
        self._stopped.set()

    def of(
        self, city: City, previous: Assessment | None, cancelled: Cancelled, found: Callable[[Finding], None]
    ) -> Finding:
        """What models find in `city`, with what is known so far handed to `found`. Raises Superseded.

        `previous` is an assessment of a city not far from this one; by default the base.
        """
        baseline = self.baseline()
        key = city.fingerprint()
        known = baseline if key == self.city.fingerprint() else self._known.get(key)
        if known is None:
            known = self._run(city, previous or baseline.assessment, cancelled, found)
            self._known[key] = known
            self._forget()
        return known

    def _forget(self) -> None:
        while len(self._known) > TOLD:
            self._known.popitem(last=False)
        for key in list(self._known)[:-KEPT]:
            if self._known[key].assessment is not None:
                self._known[key] = Finding(None, self._known[key].told)

    def _run(
        self, city: City, previous: Assessment | None, cancelled: Cancelled, found: Callable[[Finding], None]
    ) -> Finding:
        impacts: dict[str, Impact] = {}
        seconds: dict[str, float] = {}
        told: dict[str, _Told] = {}
        last = time.perf_counter()

        def note(impact: Impact) -> None:
            nonlocal last
            now = time.perf_counter()
            impacts[impact.model] = impact
            seconds[impact.model] = seconds.get(impact.model, 0.0) + now - last
            last = now
            told[impact.model] = self._told_of(impact, seconds[impact.model])
            if not cancelled():
                found(Finding(None, self._told("running", told, {})))

        assessment = assess(city, self.models, previous=previous, cancelled=cancelled, found=note)
        whole = self._told("full", told, assessment.refused)
        return Finding(assessment, whole | {"residents": self._gains(city, assessment.impacts)})

    def _gains(self, city: City, impacts: Mapping[str, Impact]) -> Json:
        """Who gains and who loses against the city as it is."""
        known = self._baseline.assessment if self._baseline else None
        shifts = who(self.city, known.impacts if known else impacts, impacts, city)
        basis = "counted" if self.city.facts.population else "estimated"
        return {"basis": basis, "shifts": [asdict(each) for each in shifts]}

    def _told_of(self, impact: Impact, seconds: float) -> "_Told":
        known = self._baseline.assessment.impacts if self._baseline and self._baseline.assessment else {}
        before = known.get(impact.model, impact)
        indicators = compare({impact.model: before}, {impact.model: impact})
        return _Told(
            [asdict(each) for each in indicators],
            {
                "name": impact.model,
                "version": impact.version,
                "seconds": round(seconds, 3),
                "quality": impact.quality,
                "interval": impact.interval,
                "solver_error": impact.solver_error,
                "notes": list(impact.notes),
            },
            [self._painted(impact.model, layer, before) for layer in impact.layers],
        )

    def _told(self, status: Status, told: Mapping[str, "_Told"], refused: Mapping[str, str]) -> Json:
        """All there is to tell. It runs until all models have told something, then it is fast until nothing is due."""
        everybody = len(told) + len(refused) >= len(self.models)
        return {
            "status": "fast" if status == "running" and everybody else status,
            "indicators": [row for each in told.values() for row in each.indicators],
            "models": [each.run for each in told.values()],
            "layers": [layer for each in told.values() for layer in each.layers],
            "refused": [{"model": model, "detail": sentence} for model, sentence in refused.items()],
        }

    def _painted(self, model: str, layer: Layer, before: Impact | None) -> Json:
        told: Json = {
            "id": layer.id,
            "model": model,
            "label": layer.label,
            "unit": layer.unit,
            "on": layer.on,
            "href": self._shelved(layer),
            "legend": [list(each) for each in layer.legend],
        }
        if isinstance(layer.values, Grid):
            grid = layer.values
            rows, columns = grid.values.shape
            told["grid"] = {
                "x0": grid.x0, "y0": grid.y0, "cell_m": grid.cell_m, "rows": rows, "columns": columns,
                "encoding": "float16-le",
            }  # fmt: skip
        as_it_is = next((each for each in before.layers if each.id == layer.id), None) if before else None
        if as_it_is is not None:
            told["baseline_href"] = self._shelved(as_it_is)
        return told

    def _shelved(self, layer: Layer) -> str:
        """Put a layer's values on the shelf: JSON by feature id, or the grid's cells as float16 from the south-west."""
        if isinstance(layer.values, Grid):
            content, ending = np.ascontiguousarray(layer.values.values, dtype="<f2").tobytes(), "f16"
        else:
            values = {id: round(float(value), 3) for id, value in layer.values.items()}
            content, ending = orjson.dumps({"unit": layer.unit, "values": values}), "json"
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        self.layers.put(digest, content)
        return f"/api/scenes/{self._scene}/layers/{digest}.{ending}"
