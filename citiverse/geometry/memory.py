"""Results that are kept for when the same is asked again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Concatenate, Generic, ParamSpec, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Thing = TypeVar("Thing")
More = ParamSpec("More")


class Memory(Generic[Key, Value]):
    """The `size` results asked for last, by what they were made of. For functions of nothing but their key.

    As functools.lru_cache, where a key is smaller than what the function takes. Threads may share it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Number of results kept."""
        return len(self._kept)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The result of this key, from `make` if it isn't kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


def remembered(
    size: int,
) -> Callable[[Callable[Concatenate[Thing, More], Value]], Callable[Concatenate[Thing, More], Value]]:
    """A function of an immutable thing, and perhaps of more that is hashable, that keeps up to `size` results.

    As functools.lru_cache, but it knows the thing by its identity: to hash one with a geometry takes as long as many
    things that are made of it. When there is no more room everything goes.
    """

    def decorate(make: Callable[Concatenate[Thing, More], Value]) -> Callable[Concatenate[Thing, More], Value]:
        kept: dict[tuple[object, ...], tuple[Thing, Value]] = {}

        @wraps(make)
        def ask(thing: Thing, /, *more: More.args, **named: More.kwargs) -> Value:
            key = (id(thing), *more, *named.values())
            found = kept.get(key)
            if found is not None:
                return found[1]  # what is kept keeps its thing, so that no other one can have the same identity
            made = make(thing, *more, **named)
            if len(kept) >= size:
                kept.clear()
            kept[key] = (thing, made)
            return made

        return ask

    return decorate
