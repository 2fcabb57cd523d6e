"""A scene that is open for planning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from citiverse.city.city import City
from citiverse.proposal.cost import Prices, usual_prices
from citiverse.proposal.pattern import Pattern, list_patterns
from citiverse.scene.build import Tiles
from citiverse.scene.tileset import tileset
from citiverse.session.findings import Findings
from citiverse.session.messages import Json
from citiverse.session.shelf import Shelf


@dataclass(frozen=True, eq=False)
class OpenScene:
    """A city as it was read, its tiles, and what models find in it.

    `revision` is the fingerprint of the city, `start` where it is first seen from, `shelf` keeps tiles by hash: those
    here and those of proposals. `prices` and `patterns` are those that ship and the city's own.
    """

    name: str
    title: str
    city: City
    revision: str
    start: Json
    report: Mapping[str, Any]
    tiles: Tiles
    shelf: Shelf
    findings: Findings
    prices: Prices = field(default_factory=usual_prices)
    patterns: Mapping[str, Pattern] = field(default_factory=list_patterns)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that have tiles."""
        return tuple(dict.fromkeys(key.partition("/")[0] for key in self.tiles.by_key))

    def tileset(self, city: City, tiles: Tiles) -> bytes:
        """The 3D Tiles tileset of these tiles, as JSON."""
        return orjson.dumps(tileset(city, tiles, lambda tile: f"tiles/{tile.key}.{tile.hash}.glb"))
