"""What a client needs to offer each verb: fields, gestures, units, bounds, choices."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, Len

from citiverse.proposal.edit import VERBS, Edit
from citiverse.proposal.fields import Gesture, Unit
from citiverse.proposal.reading import Annotation, annotations, required
from citiverse.proposal.verb import Group

Kind = Literal["gesture", "number", "whole", "choice", "choices", "text", "texts", "flag", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form.

    `kind` says how it is filled: by a `gesture` in the city, as a number with `unit`, `least` and `most`, by one or
    several of `choices`, as text of at most `longest` characters, as at most `longest` texts or rows of `fields`.
    `label` is a translation key; the choices' keys are `label` + "." + choice.
    """

    name: str
    label: str
    kind: Kind
    required: bool
    gesture: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    choices: tuple[str, ...] = ()
    default: str | float | bool | tuple[str, ...] | None = None
    fields: tuple["FormField", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A verb as a form. Exactly one of the groups of fields in `one_of` is to be filled, and at least one of `any_of`.

    `gesture` is the field with which a person begins; `label` and `help` are translation keys, `summary` is English.
    """

    verb: str
    group: Group
    label: str
    help: str
    summary: str
    gesture: str
    fields: tuple[FormField, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[str, ...] = ()


def forms() -> tuple[Form, ...]:
    """The forms of all verbs, in the order of the table."""
    return tuple(form_of(verb, kind) for verb, kind in VERBS.items())


def form_of(verb: str, kind: type[Edit]) -> Form:
    """The form of one verb."""
    filled = _fields_of(kind, skip="verb")
    pointed = [each.name for each in filled if each.gesture]
    summary = (kind.__doc__ or "").strip().split("\n")[0]
    return Form(
        verb=verb,
        group=kind.group,
        label=f"verb.{verb}",
        help=f"verb.{verb}.help",
        summary=summary,
        gesture=pointed[0] if pointed else "",
        fields=filled,
        one_of=kind.one_of,
        any_of=kind.any_of,
    )


def _fields_of(kind: Annotation, skip: str = "") -> tuple[FormField, ...]:
    hints = annotations(kind)
    return tuple(_field(each, hints[each.name]) for each in fields(kind) if each.name != skip)


def _field(declared: Field[Any], annotation: Annotation) -> FormField:
    bare, marks = _unwrapped(annotation)
    described: dict[str, Any] = {"default": None if required(declared) else declared.default}
    described |= {"kind": _kind(bare, marks), **_bounds(bare, marks), **_inner(bare)}
    return FormField(
        name=declared.name,
        label=f"field.{declared.name}",
        required=required(declared),
        **described,
    )


def _unwrapped(annotation: Annotation) -> tuple[Annotation, list[object]]:
    """The bare type of a field and the marks on it, without "or None"."""
    marks: list[object] = []
    bare = annotation
    while True:
        origin: object = get_origin(bare)
        arguments = get_args(bare)
        if origin is Annotated:
            marks += arguments[1:]
            bare = arguments[0]
        elif origin in (Union, UnionType) and NoneType in arguments:
            (bare,) = [each for each in arguments if each is not NoneType]
        else:
            return bare, marks


def _kind(bare: Annotation, marks: list[object]) -> Kind:
    if any(isinstance(mark, Gesture) for mark in marks):
        return "gesture"
    origin: object = get_origin(bare)
    if origin is Literal:
        return "choice"
    if origin is tuple:
        inner, _ = _unwrapped(get_args(bare)[0])
        within: object = get_origin(inner)
        return "choices" if within is Literal else "texts" if inner is str else "list"
    plain: Mapping[object, Kind] = {float: "number", int: "whole", str: "text", bool: "flag"}
    return plain[bare]


def _bounds(bare: Annotation, marks: list[object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for mark in marks:
        match mark:
            case Ge():
                found["least"] = mark.ge
            case Le():
                found["most"] = mark.le
            case Unit():
                found["unit"] = mark.text
            case Gesture():
                found["gesture"] = mark.name
            case Len():
                found["longest"] = mark.max_length
            case _:
                pass
    return found


def _inner(bare: Annotation) -> dict[str, object]:
    """Choices of an enumeration, or the fields of a list's rows."""
    origin: object = get_origin(bare)
    if origin is Literal:
        return {"choices": get_args(bare)}
    if origin is not tuple:
        return {}
    inner, _ = _unwrapped(get_args(bare)[0])
    within: object = get_origin(inner)
    if within is Literal:
        return {"choices": get_args(inner)}
    return {"fields": _fields_of(inner)} if is_dataclass(inner) else {}
