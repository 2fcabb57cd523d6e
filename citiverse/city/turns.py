"""Turns that drivers must not take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A ban on turning from one road onto another where they meet, for cars.

    `road` and `onto` are the sources' ids, without what cutting at the scene's edge has added. With `only`, one must
    turn onto that road: all others are banned where it begins.
    """

    road: str
    onto: str
    only: bool = False
