"""The process beside the server that imports a city: an order as JSON on standard input, lines of JSON as answers.

Lines say {"step", "share"} while it works; the last is {"report", "page"} or {"refused"}. Whatever a file does to it,
memory and crashes included, stays in this process.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from citiverse.gis.advice import advice_on
from citiverse.gis.page import report_page
from citiverse.gis.read import Given, import_city
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox
from citiverse.impact.models import MODELS
from citiverse.session.messages import Json
from citiverse.session.opening import CannotOpen, open_scene

_READ = 0.35  # share of the whole at which the files have been read


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to import: `files` are paths, each with what the person says it holds ("" where the file tells)."""

    name: str
    data: str
    files: list[tuple[str, str]]
    crs: list[str] = field(default_factory=list)
    vertical: str = "local"
    bbox: LonLatBox | None = None
    columns: dict[str, str] = field(default_factory=dict)
    lod: float | None = None

    def to_bytes(self) -> bytes:
        """The order as it is sent."""
        return orjson.dumps(asdict(self))


def order_of(content: bytes) -> Order:
    """The order that was sent."""
    said = orjson.loads(content)
    said["files"] = [(path, role) for path, role in said["files"]]
    said["bbox"] = tuple(said["bbox"]) if said["bbox"] is not None else None
    return Order(**said)


def take_in(order: Order, tell: Callable[[Json], None]) -> None:
    """Import a city, build its tiles, and tell the report or why it can't be."""
    data = Path(order.data)
    try:
        made = import_city(
            order.name, [Given(Path(path), role) for path, role in order.files], data_dir=data, crs=order.crs,
            vertical=order.vertical, bbox=order.bbox, columns=order.columns, lod=order.lod,
            progress=lambda words, share: tell({"step": words, "share": round(share * _READ, 3)}),
        )  # fmt: skip
    except ImportRefused as reason:
        tell({"refused": str(reason)})
        return
    missing = {model.name: model.missing(made.city) for model in MODELS}
    advice = advice_on(made.city, made.report.attributes)
    report, page = made.report.to_json(missing, advice), report_page(made.report, missing, advice)
    del made
    try:
        open_scene(order.name, data, lambda words, share: tell(
            {"step": words, "share": round(_READ + share * (1.0 - _READ), 3)}
        ))  # fmt: skip
    except CannotOpen as reason:
        tell({"refused": str(reason)})
        return
    tell({"report": report, "page": page})


def main() -> None:
    """Do what standard input says; what libraries print goes nowhere."""
    answers = io.FileIO(os.dup(sys.stdout.fileno()), "w")

    def tell(line: Json) -> None:
        answers.write(orjson.dumps(line) + b"\n")

    with contextlib.redirect_stdout(sys.stderr):
        take_in(order_of(sys.stdin.buffer.read()), tell)


if __name__ == "__main__":
    main()
