"""Where people are and what they point at: told a few times a second, never stored.

A visitor in a headset also tells how many metres of the city one of the room is (`scale`), and the hands (`left`,
`right`): metres east, north and up from the head, then heading and pitch, all in the city's metres and degrees.
"""

import math
from collections.abc import Mapping
from typing import TypeGuard

PERIOD_S = 0.1
FORGET_AFTER_S = 30.0
MOST_PEOPLE = 50  # a room tells of so many at once
_TEXTS = {"name": 40, "mode": 12, "selected": 200}
_NUMBERS = {"height_m": 20_000.0, "heading_deg": 360.0, "pitch_deg": 90.0, "pointer_m": 20_000.0, "scale": 1_000.0}
_POSITIONS = ("at", "pointer", "pin")
_HANDS = ("left", "right")
_HAND = (3_000.0, 3_000.0, 3_000.0, 360.0, 90.0)  # three metres of reach at the smallest scale


def pose_of(message: Mapping[str, object]) -> dict[str, object]:
    """What of a presence message is told to others: known fields with sensible values, nothing else."""
    pose: dict[str, object] = {}
    for name, longest in _TEXTS.items():
        value = message.get(name)
        if isinstance(value, str):
            pose[name] = "".join(c for c in value if c.isprintable())[:longest]
    for name, most in _NUMBERS.items():
        value = message.get(name)
        if _is_number(value) and abs(value) <= most:
            pose[name] = value
    for name in _POSITIONS:
        value = message.get(name)
        if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
            lon, lat = value
            if abs(lon) <= 180.0 and abs(lat) <= 90.0:
                pose[name] = [lon, lat]
    for name in _HANDS:
        value = message.get(name)
        if not (isinstance(value, list) and len(value) == len(_HAND) and all(map(_is_number, value))):
            continue
        if all(abs(part) <= most for part, most in zip(value, _HAND, strict=True)):
            pose[name] = value
    return pose


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class Presence:
    """The latest pose of each person in a room."""

    def __init__(self) -> None:
        self._poses: dict[str, tuple[float, dict[str, object]]] = {}
        self._changed = False

    def note(self, person: str, pose: dict[str, object], now: float) -> None:
        """Take over a person's newest pose."""
        self._poses[person] = (now, pose)
        self._changed = True

    def forget(self, person: str) -> None:
        """A person has gone."""
        if self._poses.pop(person, None) is not None:
            self._changed = True

    def news(self, now: float) -> list[dict[str, object]] | None:
        """Everyone's pose when something has changed since the last call, the most recent first, else None."""
        for person in [each for each, (when, _) in self._poses.items() if now - when > FORGET_AFTER_S]:
            self.forget(person)
        if not self._changed:
            return None
        self._changed = False
        return self.everyone()

    def everyone(self) -> list[dict[str, object]]:
        """Everyone's pose, the most recent first."""
        latest = sorted(self._poses.items(), key=lambda each: -each[1][0])[:MOST_PEOPLE]
        return [{"id": person, **pose} for person, (_, pose) in latest]
