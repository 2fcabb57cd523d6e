"""All that a server keeps in its data folder about proposals."""

from dataclasses import dataclass
from pathlib import Path

from citiverse.session.bases import Bases
from citiverse.session.library import Library
from citiverse.session.log import Log
from citiverse.session.pictures import Pictures
from citiverse.session.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Store:
    """The log and the files beside it. All but the log, the bases and the library can be made again."""

    log: Log
    bases: Bases
    library: Library
    pictures: Pictures
    snapshots: Snapshots


def store_in(data: Path) -> Store:
    """The store in a data folder, made where there is none. Raises LogError."""
    return Store(
        Log(data / "log.sqlite"),
        Bases(data / "bases"),
        Library(data / "models"),
        Pictures(data / "pictures"),
        Snapshots(data / "snapshots"),
    )
