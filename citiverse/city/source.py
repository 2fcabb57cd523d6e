"""Where data come from and who is to be credited."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One file or service behind a city; features name it by `key`."""

    key: str
    title: str
    licence: str
    credit: str
    url: str = ""
    format: str = ""
    crs: str = ""
