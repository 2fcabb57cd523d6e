"""Edits from JSON by the annotations of their fields, the same that FastAPI and the forms read."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, Len

from citiverse.proposal.refusal import EditInvalid

Made = TypeVar("Made")
Annotation = Any  # typing has no type for what stands in an annotation
Read = Callable[[object], Any]


class _Wrong(Exception):
    """A value that is not what its annotation asks for; `path` grows on the way out."""

    def __init__(self, problem: str, *path: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def inside(self, step: str | int) -> "_Wrong":
        return _Wrong(self.problem, str(step), *self.path)


def read(kind: type[Made], document: Mapping[str, object]) -> Made:
    """The dataclass `kind` from a JSON object. Raises EditInvalid with a sentence and the path of the field."""
    try:
        made: Made = _reader(cast("Annotation", kind))(document)
    except _Wrong as wrong:
        path = ".".join(wrong.path)
        raise EditInvalid(f"{path} {wrong.problem}" if path else wrong.problem, path) from None
    return made


@lru_cache(maxsize=1024)
def _reader(annotation: Annotation) -> Read:
    origin: object = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return _bounded(_reader(arguments[0]), arguments[1:])
    if origin is Literal:
        return _choice(arguments)
    if origin in (Union, UnionType):
        (inner,) = [each for each in arguments if each is not NoneType]
        return _optional(_reader(inner))
    if origin is tuple and arguments[-1] is Ellipsis:
        return _sequence(_reader(arguments[0]))
    if origin is tuple:
        return _fixed([_reader(each) for each in arguments])
    if is_dataclass(annotation):
        return _object(annotation)
    return {float: _number, int: _whole, str: _text, bool: _flag}[annotation]


@lru_cache(maxsize=128)
def annotations(kind: type) -> Mapping[str, Annotation]:
    """Annotations of a dataclass's fields, with their bounds."""
    return get_type_hints(kind, include_extras=True)


def required(each: Field[Any]) -> bool:
    """Whether a field of a dataclass must be given."""
    return each.default is MISSING and each.default_factory is MISSING


def _object(kind: Annotation) -> Read:
    hints = annotations(kind)
    needed = [each.name for each in fields(kind) if required(each)]
    known = [each.name for each in fields(kind)]
    readers = {name: _reader(hints[name]) for name in known}

    def read_object(value: object) -> object:
        if not isinstance(value, Mapping):
            raise _Wrong("must be an object with fields.")
        for name in value:
            if name not in readers:
                raise _Wrong(f"is not a field here; known are {', '.join(known)}.", str(name)[:80])
        for name in needed:
            if name not in value:
                raise _Wrong("is missing.", name)
        return kind(**{name: _within(name, readers[name], given) for name, given in value.items()})

    return read_object


def _within(step: str | int, reader: Read, value: object) -> object:
    try:
        return reader(value)
    except _Wrong as wrong:
        raise wrong.inside(step) from None


def _bounded(reader: Read, marks: Sequence[object]) -> Read:
    lengths = [mark for mark in marks if isinstance(mark, Len)]
    bounds = [mark for mark in marks if isinstance(mark, Ge | Le)]

    def read_bounded(value: object) -> object:
        for length in lengths:
            _check_length(value, length)
        result = reader(value)
        for bound in bounds:
            _check_bound(result, bound)
        return result

    return read_bounded


def _check_length(value: object, mark: Len) -> None:
    if not isinstance(value, str | list | tuple):
        return
    what = "characters" if isinstance(value, str) else "entries"
    if len(value) < mark.min_length:
        raise _Wrong(f"needs at least {mark.min_length} {what} and has {len(value)}.")
    if mark.max_length is not None and len(value) > mark.max_length:
        raise _Wrong(f"may have at most {mark.max_length} {what} and has {len(value)}.")


def _check_bound(value: float, mark: Ge | Le) -> None:
    if isinstance(mark, Ge) and not mark.ge <= value:  # type: ignore[operator]
        raise _Wrong(f"must be at least {mark.ge} and is {value:g}.")
    if isinstance(mark, Le) and not mark.le >= value:  # type: ignore[operator]
        raise _Wrong(f"must be at most {mark.le} and is {value:g}.")


def _choice(options: Sequence[object]) -> Read:
    def read_choice(value: object) -> object:
        if isinstance(value, str) and value in options:
            return value
        raise _Wrong(f"must be one of {', '.join(map(str, options))}.")

    return read_choice


def _optional(reader: Read) -> Read:
    return lambda value: None if value is None else reader(value)


def _sequence(reader: Read) -> Read:
    return lambda value: tuple([_within(n, reader, each) for n, each in enumerate(_listed(value))])


def _fixed(readers: Sequence[Read]) -> Read:
    def read_fixed(value: object) -> tuple[Any, ...]:
        values = _listed(value)
        if len(values) != len(readers):
            raise _Wrong(f"needs {len(readers)} entries and has {len(values)}.")
        return tuple([_within(n, reader, each) for n, (reader, each) in enumerate(zip(readers, values, strict=True))])

    return read_fixed


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise _Wrong("must be a list.")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong("must be a number.")
    try:
        number = float(value)
    except OverflowError:
        raise _Wrong("is too large a number.") from None
    if not math.isfinite(number):
        raise _Wrong("must be a finite number.")
    return number


def _whole(value: object) -> int:
    number = _number(value)
    if not number.is_integer():
        raise _Wrong("must be a whole number.")
    return int(number)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("must be text.")
    if not value.isprintable():
        raise _Wrong("holds characters that can't be shown.")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("must be true or false.")
    return value
