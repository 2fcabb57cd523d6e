"""The tiles of a proposal, led after its city one square at a time."""

import asyncio
import logging
from collections.abc import Callable

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.scene.build import SceneDelta, redraw, touched
from citiverse.scene.cell import Square
from citiverse.scene.tile import Layer, tile_key
from citiverse.session.branch import Branch
from citiverse.session.messages import Json, Message, message
from citiverse.session.scene import OpenScene
from citiverse.session.workers import Workers, away

logger = logging.getLogger(__name__)


class Tiling:
    """What of the scene is stale since an edit, and the tiles drawn anew so far.

    Squares are drawn on the newest city there is, what is seen from near before what is seen from far: the far squares
    of one edit wait for the near ones of the next, and many edits to one square are drawn once.
    """

    def __init__(self, scene: OpenScene, branch: Branch, workers: Workers, tell: Callable[[Message], None]) -> None:
        """`tell` is given every `tiles` message. All methods are called on the event loop."""
        self.tiles = scene.tiles
        self.near = asyncio.Event()  # what is seen from near shows the city as it is
        self.whole = asyncio.Event()  # and what is seen from far does, too
        self._scene = scene
        self._branch = branch
        self._workers = workers
        self._tell = tell
        self._seen = scene.city
        self._stale: dict[Square, tuple[Layer, ...]] = {}
        self._told: dict[str, str | None] = {}
        self.notice()

    @property
    def behind(self) -> bool:
        """Whether the tiles do not show the city as it is."""
        return self._branch.city is not self._seen or bool(self._stale)

    def swaps(self) -> Json:
        """The hash of every tile that the proposal has ever touched, and those that are gone."""
        return {
            "set": {key: digest for key, digest in self._told.items() if digest is not None},
            "drop": [key for key, digest in self._told.items() if digest is None],
        }

    def notice(self) -> None:
        """Take note of how far the tiles are, for those who wait for them."""
        moved = self._branch.city is not self._seen
        for event, waiting in ((self.near, moved or self._more), (self.whole, self.behind)):
            event.clear() if waiting else event.set()

    async def keep_up(self) -> None:
        """Draw until the tiles show the city as it is, and tell each square as it is done."""
        while self.behind:
            if self._branch.city is not self._seen:
                await self._look()
            else:
                await self._draw_next()
            self.notice()

    @property
    def _more(self) -> bool:
        return any(square.z == 0 for square in self._stale)

    async def _look(self) -> None:
        """Find what the changes have made stale; at first all that was ever touched, for some of it has gone back."""
        city, first = self._branch.city, self._seen is self._scene.city
        if first:
            ids = list(self._branch.touched)
            change = Change({id: self._seen.get(id) for id in ids}, {id: city.get(id) for id in ids})
        else:
            change = self._seen.change_to(city)
        try:
            stale = await away(self._workers.tiles, touched, city, change)
        except Exception:
            logger.exception("What an edit touched of %s could not be found; its tiles stay as they were.", city.name)
            stale = {}
        self._seen = city
        for square, layers in stale.items():
            self._stale[square] = tuple(dict.fromkeys((*self._stale.get(square, ()), *layers)))
            for key in (tile_key(layer.name, square) for layer in layers) if first else ():
                if key in self.tiles.by_key:
                    self._told.setdefault(key, self.tiles.by_key[key].hash)

    async def _draw_next(self) -> None:
        city, seq = self._seen, self._branch.seq
        square = min(self._stale, key=lambda each: each.z)
        try:
            delta = await away(self._workers.tiles, self._drawn, city, square, self._stale[square])
        except Exception:
            logger.exception("Square %s of %s could not be drawn and stays as it was.", square, city.name)
            delta = SceneDelta({})
        del self._stale[square]
        near, more = square.z == 0, self._more
        if not delta and (more or not near):
            return
        self.tiles = self.tiles.with_delta(delta)
        swaps = {key: tile.hash for key, tile in delta.set.items()}
        self._told |= {**swaps, **dict.fromkeys(delta.drop)}
        self._tell(message("tiles", seq=seq, set=swaps, drop=list(delta.drop), more=more))

    def _drawn(self, city: City, square: Square, layers: tuple[Layer, ...]) -> SceneDelta:
        """One square of the city, its bytes put where clients find them. Runs on a thread."""
        delta = redraw(city, square, layers, self.tiles)
        for tile in delta.set.values():
            self._scene.shelf.put(tile.hash, tile.content)
        return delta
