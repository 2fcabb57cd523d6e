"""Public transport on a usual weekday: stops, and the courses that serve them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from citiverse.geometry.arrays import FloatArray

HOURS = 24


@dataclass(frozen=True, slots=True)
class TimetableStop:
    """A stop of a timetable; `x_m` and `y_m` are the scene's metres and may lie outside its rectangle."""

    id: str
    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Course:
    """Trips of one line that call at the same stops in the same order.

    `mode` is tram, subway, rail, bus, ferry, trolleybus, monorail, cable_tram, aerialway or funicular. `stops` are
    positions in the timetable's stops, `minutes` the usual time of departure at each, counted from the first, and
    `departures` when each trip leaves the first stop, in minutes after midnight of the service day, in order; those
    of 1,440 and more are after the next midnight.
    """

    line: str
    mode: str
    stops: tuple[int, ...]
    minutes: tuple[float, ...]
    departures: tuple[float, ...]


@dataclass(frozen=True)
class Timetable:
    """The service of one weekday, `day` as in the calendar (YYYY-MM-DD), by all courses that touch the scene."""

    stops: tuple[TimetableStop, ...]
    courses: tuple[Course, ...]
    day: str
    source: str

    @cached_property
    def departures(self) -> FloatArray:
        """Trips that leave each stop in each hour of the day, shape (stops, 24); the last stop of a trip counts none.

        Hours after midnight of the same service day count for the hours of the morning.
        """
        found = np.zeros((len(self.stops), HOURS))
        for course in self.courses:
            leave = np.add.outer(course.minutes[:-1], course.departures)
            at = np.broadcast_to(np.array(course.stops[:-1], dtype=np.int64)[:, None], leave.shape)
            np.add.at(found, (at, (leave // 60.0).astype(np.int64) % HOURS), 1.0)
        return found

    def lines_at(self, stop: int) -> tuple[str, ...]:
        """Names of the lines that call at a stop, in order."""
        return tuple(sorted({course.line for course in self.courses if stop in course.stops}))
