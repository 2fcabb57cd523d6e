"""Compiling numeric kernels: on first use, for one signature, kept on disk."""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(signature: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for one numba `signature` when it is first called.

    It releases the GIL and keeps IEEE arithmetic in the written order (no fast-math), so every process gets the same
    bits. The machine code is cached on disk (NUMBA_CACHE_DIR, else beside the module). Functions it calls are
    `part`s of the same module, for the cache looks at that file alone.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @cache
        def compiled() -> Callable[P, R]:
            return cast(Callable[P, R], njit(signature, nogil=True, cache=True, error_model="numpy")(function))

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return compiled()(*args, **kwargs)

        return call

    return wrap


def part(function: Callable[P, R]) -> Callable[P, R]:
    """A function that only kernels call; compiled with them."""
    return cast(Callable[P, R], njit(nogil=True, error_model="numpy")(function))
