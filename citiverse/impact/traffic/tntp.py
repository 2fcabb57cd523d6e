"""Networks and trip tables in the TNTP format of the Transportation Networks for Research team.

Format: https://github.com/bstabler/TransportationNetworks, README, "TNTP Data format".
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.traffic.links import Links, Trips

_COLUMNS = ("capacity", "length", "free flow time", "B", "power", "speed", "toll", "type")
_NEEDED = 7  # init node to power; some files leave out what follows
_LARGEST, _SMALLEST = 1e15, 1e-100  # of any capacity, time or number of trips that is not zero
_HEADER = re.compile(r"(init|term|from|to|tail|head)[ _]?node", re.IGNORECASE)  # columns' names without the usual ~
_TAG = re.compile(r"<([^<>]*)>\s*([^~]*)")


class BadTntp(ValueError):
    """A TNTP file that can't be used; the sentence names file and line."""


@dataclass(frozen=True, slots=True, eq=False)
class TntpNetwork:
    """A network as the file has it; node numbers count from 1, arrays have shape (links,)."""

    zones: int
    nodes: int
    first_through: int
    tail: IntArray
    head: IntArray
    capacity: FloatArray
    length: FloatArray
    free_time: FloatArray
    b: FloatArray
    power: FloatArray
    toll: FloatArray

    def links(self, *, toll_weight: float, length_weight: float) -> Links:
        """The links for assignment; generalised cost is time + toll_weight * toll + length_weight * length."""
        fixed = toll_weight * self.toll + length_weight * self.length
        return Links(
            self.nodes, self.tail - 1, self.head - 1, self.capacity, self.free_time, self.b, self.power, fixed,
            self.first_through - 1,
        )  # fmt: skip


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadTntp(f"{path} can't be read: {error.strerror}.") from error
    if b"\0" in content:
        raise BadTntp(f"{path} is not a text file.")
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return content.decode("latin-1").splitlines()  # in comments; numbers are the same in both


def _metadata(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """Tags by upper-case name, and the index of the first line after them."""
    tags: dict[str, str] = {}
    for number, line in enumerate(lines):
        found = _TAG.match(line.strip())
        if found is None:
            if line.strip() and not line.strip().startswith("~"):
                raise BadTntp(f"{path}, line {number + 1}: a <TAG> is expected before <END OF METADATA>.")
            continue
        name = found[1].strip().upper()
        if name == "END OF METADATA":
            return tags, number + 1
        tags[name] = found[2].strip(" \t;")
    raise BadTntp(f"{path}, line {len(lines)}: <END OF METADATA> is missing.")


def _count(path: Path, tags: dict[str, str], name: str, default: int | None = None) -> int:
    text = tags.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise BadTntp(f"{path}, metadata: <{name}> is missing.")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadTntp(f"{path}, metadata: <{name}> is not a whole number.")
    return int(text)


def _number(text: str, where: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadTntp(f"{where}: the {what} {text[:40]!r} is not a number.") from None
    if not math.isfinite(value):
        raise BadTntp(f"{where}: the {what} is {text[:40]}; it must be finite.")
    if value and not _SMALLEST <= abs(value) <= _LARGEST:
        raise BadTntp(f"{where}: the {what} is {text[:40]}; it must be 0 or from {_SMALLEST:g} to {_LARGEST:g}.")
    return value


def _node(text: str, where: str, what: str, highest: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= highest:
        raise BadTntp(f"{where}: the {what} {text[:40]!r} is not a whole number from 1 to {highest}.")
    return int(text)


def _row(line: str, where: str, nodes: int, width: int) -> list[float]:
    fields = line.replace(";", " ").split()
    if len(fields) < _NEEDED or (width and len(fields) != width):
        raise BadTntp(f"{where}: {width or _NEEDED} columns are expected, {len(fields)} found.")
    values: list[float] = [_node(fields[0], where, "init node", nodes), _node(fields[1], where, "term node", nodes)]
    for text, what in zip(fields[2:9], _COLUMNS, strict=False):
        value = _number(text, where, what)
        if value < 0 and what not in {"toll", "speed", "length"}:
            raise BadTntp(f"{where}: the {what} is negative.")
        values.append(value)
    return values + [0.0] * (9 - len(values))


def read_network(path: Path) -> TntpNetwork:
    """Read a *_net.tntp file. Raises BadTntp."""
    lines = _lines(path)
    tags, begin = _metadata(path, lines)
    nodes = _count(path, tags, "NUMBER OF NODES")
    zones = _count(path, tags, "NUMBER OF ZONES")
    first_through = _count(path, tags, "FIRST THRU NODE", 1)
    if zones > nodes:
        raise BadTntp(f"{path}, metadata: there are more zones ({zones}) than nodes ({nodes}).")
    rows: list[list[float]] = []
    width = 0
    for number, line in enumerate(lines[begin:], begin + 1):
        text = line.split("~", 1)[0].strip().strip(";").strip()
        if not rows and _HEADER.match(text):
            continue
        if text:
            rows.append(_row(text, f"{path}, line {number}", nodes, width))
            width = width or len(text.replace(";", " ").split())
    promised = _count(path, tags, "NUMBER OF LINKS", len(rows))
    if not rows or promised != len(rows):
        raise BadTntp(f"{path}, line {len(lines)}: {promised} links are announced, the file ends after {len(rows)}.")
    table = np.array(rows)
    return TntpNetwork(
        zones, nodes, max(first_through, 1), table[:, 0].astype(np.int64), table[:, 1].astype(np.int64),
        *(table[:, k].copy() for k in (2, 3, 4, 5, 6, 8)),
    )  # fmt: skip


def read_trips(path: Path, zones: int) -> Trips:
    """Read a *_trips.tntp file for a network of this many zones; nodes count from 0. Raises BadTntp."""
    lines = _lines(path)
    _, begin = _metadata(path, lines)
    origins: list[int] = []
    destinations: list[int] = []
    volumes: list[float] = []
    origin = 0
    for number, line in enumerate(lines[begin:], begin + 1):
        text = line.split("~", 1)[0].strip()
        if text[:6].lower() == "origin":
            origin = _node(text[6:].strip(" \t:;"), f"{path}, line {number}", "origin", zones)
            continue
        where = f"{path}, line {number}"
        words = text.replace(";", " ").replace(":", " : ").split()
        for k in range(0, len(words), 3):
            if not origin or len(words) < k + 3 or words[k + 1] != ":":
                wanted = "destination : trips" if origin else "a line 'Origin' and its number"
                raise BadTntp(f"{where}: {wanted} is expected, found {' '.join(words[k : k + 3])[:40]!r}.")
            origins.append(origin)
            destinations.append(_node(words[k], where, "destination", zones))
            volumes.append(_number(words[k + 2], where, "number of trips"))
            if volumes[-1] < 0:
                raise BadTntp(f"{where}: the number of trips is negative.")
    if not origin:
        raise BadTntp(f"{path}, line {len(lines)}: no 'Origin' line was found.")
    return Trips(np.array(origins, np.int64) - 1, np.array(destinations, np.int64) - 1, np.array(volumes))
