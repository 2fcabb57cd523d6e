"""Timetables as GTFS (gtfs.org, Schedule Reference): the service of one usual weekday on the courses near a scene."""

import csv
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from citiverse.city.facts import Facts
from citiverse.city.frame import FrameError
from citiverse.city.timetable import Course, Timetable, TimetableStop
from citiverse.geometry.arrays import FloatArray
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Reading, Site

NEAR_M = 1000.0  # beyond the scene's edge to which people walk to a stop
MOST_ROWS = 120_000_000
SWOLLEN = 200  # times that a file of a feed may be larger unpacked
SWOLLEN_FROM = 50_000_000  # bytes
LONGEST_MINUTES = 48 * 60.0
MOST_COURSES_A_DAY = 100_000  # trips that frequencies of one course may stand for
_NEEDED = ("stops.txt", "trips.txt", "routes.txt", "stop_times.txt")
# route_type of the reference, and extended types by their hundreds (Google Transit, "Extended GTFS Route Types").
_MODES = {0: "tram", 1: "subway", 2: "rail", 3: "bus", 4: "ferry", 5: "cable_tram", 6: "aerialway", 7: "funicular",
          11: "trolleybus", 12: "monorail"}  # fmt: skip
_EXTENDED = {1: "rail", 2: "bus", 3: "rail", 4: "subway", 5: "subway", 6: "subway", 7: "bus", 8: "trolleybus",
             9: "tram", 10: "ferry", 11: "rail", 12: "ferry", 13: "aerialway", 14: "funicular", 15: "bus"}  # fmt: skip

Row = Mapping[str, str]


def is_gtfs(head: bytes, name: str) -> bool:
    """Whether the names in a ZIP file, as `head_of` tells them, are those of a timetable."""
    return head.startswith(b"names in a ZIP:") and (b"stops.txt" in head or b"stop_times.txt" in head)


def read_gtfs(path: Path, site: Site) -> Reading:
    """The timetable of a feed. Raises ImportRefused when it is damaged or incomplete."""
    try:
        with zipfile.ZipFile(path) as archive:
            timetable = _timetable(_Feed(archive, path.name), site)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ImportRefused(f"{path.name} is damaged: it can't be unpacked. Please download it again.") from error
    return Reading([], site.defaults, "EPSG:4326", facts=Facts(timetable=timetable))


class _Feed:
    """The tables of a feed, read row by row."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self.archive, self.file = archive, file
        self.members = {each.filename.rsplit("/", 1)[-1]: each for each in archive.infolist()}
        missing = [each for each in _NEEDED if each not in self.members]
        if not {"calendar.txt", "calendar_dates.txt"} & self.members.keys():
            missing.append("calendar.txt")
        if missing:
            raise ImportRefused(f"{file} is a timetable without {' and '.join(missing)}.")

    def rows(self, name: str, *needed: str) -> Iterator[Row]:
        """The rows of a table, none where it is not there. Raises ImportRefused when a column is missing."""
        member = self.members.get(name)
        if member is None:
            return
        if member.file_size > SWOLLEN_FROM and member.file_size > SWOLLEN * max(member.compress_size, 1):
            raise ImportRefused(f"{self.file}: {name} is packed {SWOLLEN}-fold and more; it is not read.")
        if member.flag_bits & 1:
            raise ImportRefused(f"{self.file} is locked by a password; please unpack it.")
        with self.archive.open(member) as packed, io.TextIOWrapper(packed, "utf-8-sig", "replace", newline="") as text:
            reader = csv.reader(text)
            try:
                header = [each.strip() for each in next(reader, [])]
                lost = [each for each in needed if each not in header]
                if lost:
                    raise ImportRefused(f"{self.file}: {name} has no column {' and '.join(lost)}.")
                for count, line in enumerate(reader):
                    if count > MOST_ROWS:
                        raise ImportRefused(f"{self.file}: {name} has more than {MOST_ROWS:,} rows.")
                    if line:
                        yield dict(zip(header, line, strict=False))
            except csv.Error as error:
                raise ImportRefused(f"{self.file}: {name} is no table that can be read ({error}).") from error

    def columns(self, name: str, *wanted: str) -> Iterator[list[str]]:
        """The values of a few columns, row by row: for tables with millions of rows."""
        for row in self.rows(name, *wanted):
            yield [row.get(each, "") for each in wanted]


@dataclass
class _Trip:
    """A trip of the day: its line, and its calls as (sequence, stop, departure in minutes)."""

    route: str
    calls: list[tuple[int, str, float]] = field(default_factory=list)


def _timetable(feed: _Feed, site: Site) -> Timetable | None:
    places = _stops(feed, site)
    near = _near(places, site)
    day, services = _service(feed)
    if not near:
        site.tally.skipped("timetable", feed.file, "it has no stop in the scene or within 1 km of it")
        return None
    trips = {
        row["trip_id"]: _Trip(row["route_id"])
        for row in feed.rows("trips.txt", "trip_id", "route_id", "service_id")
        if row["service_id"] in services
    }
    site.progress("Reading the timetable", 0.3)
    wanted = ("trip_id", "stop_id", "stop_sequence", "departure_time")
    calling = {trip for trip, stop, _, _ in feed.columns("stop_times.txt", *wanted) if stop in near and trip in trips}
    site.progress("Reading the timetable", 0.6)
    for row in feed.rows("stop_times.txt", *wanted):
        if row["trip_id"] in calling:
            at = _minutes(row.get("departure_time", "")) or _minutes(row.get("arrival_time", ""))
            trips[row["trip_id"]].calls.append((_sequence(row), row["stop_id"], np.nan if at is None else at))
    courses, stops = _courses(feed, {trip: trips[trip] for trip in calling}, places, site)
    if not courses:
        site.tally.skipped("timetable", feed.file, f"nothing calls near the scene on {day}")
        return None
    for each in stops:
        if each.id in near:
            site.tally.built("timetable")
    return Timetable(tuple(stops), tuple(courses), day.isoformat(), site.source)


def _stops(feed: _Feed, site: Site) -> dict[str, tuple[str, float, float]]:
    """Name and place in the scene's metres of every stop that has one."""
    found: dict[str, tuple[str, float, float]] = {}
    for row in feed.rows("stops.txt", "stop_id"):
        try:
            lon, lat = float(row.get("stop_lon", "")), float(row.get("stop_lat", ""))
        except ValueError:
            lon = lat = np.nan
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0) or (lon == 0.0 and lat == 0.0):
            if row.get("location_type", "") in {"", "0"}:
                site.tally.skipped("timetable", row["stop_id"], "it has no place on Earth")
            continue
        found[row["stop_id"]] = (row.get("stop_name", ""), lon, lat)
    if not found:
        return {}
    lonlat = np.array([place[1:] for place in found.values()])
    west, south, east, north = site.cut
    span, middle = ((east - west) % 360.0 or 360.0) / 2 + 3.0, west + ((east - west) % 360.0) / 2
    far = (np.abs((lonlat[:, 0] - middle + 180.0) % 360.0 - 180.0) > span) | (lonlat[:, 1] < south - 3.0)
    far |= lonlat[:, 1] > north + 3.0
    local = np.full(lonlat.shape, np.nan)
    try:
        local[~far] = site.to_local(lonlat[~far])
    except FrameError as error:
        raise ImportRefused(f"{feed.file}: {error}") from error
    return {
        id: (name, float(x), float(y))
        for (id, (name, _, _)), (x, y) in zip(found.items(), local.tolist(), strict=True)
        if np.isfinite(x)
    }


def _near(places: Mapping[str, tuple[str, float, float]], site: Site) -> set[str]:
    west, south, east, north = site.bounds
    return {
        id
        for id, (_, x, y) in places.items()
        if west - NEAR_M <= x <= east + NEAR_M and south - NEAR_M <= y <= north + NEAR_M
    }


def _service(feed: _Feed) -> tuple[date, set[str]]:
    """The weekday on which most trips run, the earliest of several, and the services of that day."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    running: dict[date, set[str]] = {}
    for row in feed.rows("calendar.txt", "service_id", "start_date", "end_date", *weekdays):
        start, end = _date(row["start_date"], feed.file), _date(row["end_date"], feed.file)
        for ahead in range(min((end - start).days, 800) + 1):
            day = start + timedelta(days=ahead)
            if day.weekday() < 5 and row[weekdays[day.weekday()]] == "1":
                running.setdefault(day, set()).add(row["service_id"])
    for row in feed.rows("calendar_dates.txt", "service_id", "date", "exception_type"):
        day = _date(row["date"], feed.file)
        if day.weekday() >= 5:
            continue
        if row["exception_type"] == "1":
            running.setdefault(day, set()).add(row["service_id"])
        else:
            running.get(day, set()).discard(row["service_id"])
    trips = Counter(row["service_id"] for row in feed.rows("trips.txt", "service_id"))
    counts = {day: sum(trips[service] for service in services) for day, services in running.items()}
    if not counts or max(counts.values()) == 0:
        raise ImportRefused(f"{feed.file} is a timetable in which nothing runs on a weekday.")
    best = min(counts, key=lambda day: (-counts[day], day))
    return best, running[best]


def _courses(
    feed: _Feed, trips: Mapping[str, _Trip], places: Mapping[str, tuple[str, float, float]], site: Site
) -> tuple[list[Course], list[TimetableStop]]:
    """Trips of one line with the same stops as one course each, and the stops that they call at."""
    routes = {
        row["route_id"]: (
            (row.get("route_short_name") or row.get("route_long_name") or row["route_id"]).strip(),
            _mode(row),
        )
        for row in feed.rows("routes.txt", "route_id")
    }
    often = _frequencies(feed)
    found: dict[tuple[str, str, tuple[str, ...]], list[tuple[list[float], list[float]]]] = {}
    for id in sorted(trips):
        trip = trips[id]
        calls = [each for each in sorted(trip.calls) if each[1] in places]
        if len(calls) < 2:
            site.tally.skipped("timetable", id, "a trip with fewer than two stops that have a place")
            continue
        at = _filled(np.array([minutes for _, _, minutes in calls]))
        if at is None:
            site.tally.skipped("timetable", id, "a trip without times, or one that goes back in time")
            continue
        line, mode = routes.get(trip.route, (trip.route, "bus"))
        starts = often.get(id, [float(at[0])])
        key = line, mode, tuple(stop for _, stop, _ in calls)
        found.setdefault(key, []).append((starts, (at - at[0]).tolist()))
    numbers: dict[str, int] = {}
    courses = []
    for (line, mode, names), runs in sorted(found.items()):
        stops = tuple(numbers.setdefault(name, len(numbers)) for name in names)
        usual = np.median([minutes for _, minutes in runs], axis=0)
        starts = sorted(start for each, _ in runs for start in each)
        courses.append(Course(line, mode, stops, tuple(np.round(usual, 2).tolist()), tuple(starts)))
    return courses, [TimetableStop(name, *places[name]) for name in numbers]


def _filled(minutes: FloatArray) -> FloatArray | None:
    """Times of all calls, those between timed ones spread evenly; None where an end is not timed or time goes back."""
    known = np.flatnonzero(np.isfinite(minutes))
    if not len(known) or known[0] != 0 or known[-1] != len(minutes) - 1:
        return None
    filled = np.interp(np.arange(len(minutes)), known, minutes[known])
    return filled if (np.diff(filled) >= 0.0).all() else None


def _frequencies(feed: _Feed) -> dict[str, list[float]]:
    """Departures of trips that are told by their headway."""
    found: dict[str, list[float]] = {}
    for row in feed.rows("frequencies.txt", "trip_id", "start_time", "end_time", "headway_secs"):
        start, end = _minutes(row["start_time"]), _minutes(row["end_time"])
        headway = float(row["headway_secs"]) / 60.0 if row["headway_secs"].isdecimal() else 0.0
        if start is None or end is None or headway <= 0.0 or (end - start) / headway > MOST_COURSES_A_DAY:
            raise ImportRefused(f"{feed.file}: frequencies.txt has a headway for {row['trip_id']} that can't be.")
        found.setdefault(row["trip_id"], []).extend(np.arange(start, end, headway).tolist())
    return found


def _mode(row: Row) -> str:
    text = row.get("route_type", "3").strip()
    kind = int(text) if text.isdecimal() else 3
    return _MODES.get(kind) or _EXTENDED.get(kind // 100, "bus")


def _sequence(row: Row) -> int:
    text = row.get("stop_sequence", "0").strip()
    return int(text) if text.isdecimal() else 0


def _minutes(text: str) -> float | None:
    """Minutes after midnight of "7:05:30" or "25:10:00"; None for anything else."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return None
    minutes = int(parts[0]) * 60.0 + int(parts[1]) + int(parts[2]) / 60.0
    return minutes if minutes <= LONGEST_MINUTES else None


def _date(text: str, file: str) -> date:
    text = text.strip()
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise ImportRefused(f"{file}: {text[:20]!r} in its calendar is no date.") from error
