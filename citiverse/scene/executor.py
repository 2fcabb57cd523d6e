"""Where the work of building tiles is done: here, or in other processes."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Does pieces of work that do not depend on each other."""

    def run(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The result for each item, in their order."""
        ...


class Serial:
    """Everything in this thread, one after the other."""

    def run(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The result for each item, in their order."""
        return map(work, items)


class Processes:
    """A pool of processes; `work` must be a function at the top of a module, items and results go by pickle."""

    AHEAD = 4
    """Items in the works for each process: enough to keep it busy, few enough to keep memory small."""

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)

    def run(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The result for each item, in their order. Leaving the iteration early cancels what has not begun."""
        # A fork of a process with threads may hang, so each worker starts afresh.
        pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= self.AHEAD * self.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
