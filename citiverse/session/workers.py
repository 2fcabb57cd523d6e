"""Threads for what takes longer than a moment, so that the event loop never does it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """Edits, tiles and models each have their own threads, so that none waits for a slower kind."""

    def __init__(self) -> None:
        self.edits = ThreadPoolExecutor(2, "edit")
        self.tiles = ThreadPoolExecutor(2, "tile")
        self.models = ThreadPoolExecutor(2, "model")
        self.pictures = ThreadPoolExecutor(1, "picture")

    def close(self) -> None:
        """Take no more work; what runs may end."""
        for pool in (self.edits, self.tiles, self.models, self.pictures):
            pool.shutdown(wait=False, cancel_futures=True)


async def away(pool: Executor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of `work`, done on a thread of `pool`."""
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: work(*args, **kwargs))
