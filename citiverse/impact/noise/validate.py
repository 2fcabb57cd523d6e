"""Reference cases of the noise model: sound paths and emissions read from files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.noise.emission import (
    BANDS_HZ,
    Junction,
    Road,
    UnknownSurface,
    Version,
    coefficients,
    line_level,
)
from citiverse.impact.noise.profile import Levels, Profile, long_term, path_levels, read_profile

Bands = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WeatherReport:
    """Attenuations and level of a path in one kind of weather, dB, eight octave bands each; see profile.Levels."""

    ground: Bands
    diffraction: Bands
    atmosphere: Bands
    divergence: Bands
    reflection: Bands
    level: Bands


@dataclass(frozen=True, slots=True)
class PathReport:
    """A path in both kinds of weather and its long-term level."""

    file: str
    homogeneous: WeatherReport
    favourable: WeatherReport
    level: Bands


@dataclass(frozen=True, slots=True)
class NoiseReport:
    """All paths of a case and the energetic sum of their long-term levels."""

    paths: tuple[PathReport, ...]
    level: Bands


def validate_noise(files: Sequence[Path]) -> NoiseReport:
    """Levels along vertical cut profiles: source power 93 dB per octave band, 10 C, 70 %, p = 0.5.

    A path around an obstacle may come in two files, the second one curved for favourable weather; together they
    count as one path in the sum. Raises BadProfile or OSError.
    """
    profiles = [read_profile(file) for file in files]
    levels = [path_levels(profile) for profile in profiles]
    reports = tuple(
        PathReport(str(file), _weather(straight), _weather(curved), _bands(long_term(straight.level, curved.level)))
        for file, (straight, curved) in zip(files, levels, strict=True)
    )
    energy = np.zeros(len(BANDS_HZ))
    for homogeneous, favourable in _paths(profiles, levels):
        energy += 10.0 ** (long_term(homogeneous.level, favourable.level) / 10.0)
    return NoiseReport(reports, _bands(10.0 * np.log10(energy)))


def _paths(profiles: Sequence[Profile], levels: Sequence[tuple[Levels, Levels]]) -> list[tuple[Levels, Levels]]:
    """Levels in both kinds of weather per path, straight and curved profiles of the same side joined."""
    waiting: dict[str, list[int]] = {}
    joined: list[tuple[Levels, Levels]] = []
    for profile, (homogeneous, favourable) in zip(profiles, levels, strict=True):
        twins = waiting.setdefault(f"{profile.side} {not profile.curved}", [])
        if profile.side in ("LEFT", "RIGHT") and twins:
            other = twins.pop(0)
            first = joined[other]
            joined[other] = (first[0], favourable) if profile.curved else (homogeneous, first[1])
            continue
        waiting.setdefault(f"{profile.side} {profile.curved}", []).append(len(joined))
        joined.append((homogeneous, favourable))
    return joined


def _weather(levels: Levels) -> WeatherReport:
    return WeatherReport(
        _bands(levels.ground),
        _bands(levels.diffraction),
        _bands(levels.atmosphere),
        _bands(levels.divergence),
        _bands(levels.reflection),
        _bands(levels.level),
    )


def _bands(values: FloatArray) -> Bands:
    return tuple(float(value) for value in values)


class BadCase(ValueError):
    """An emission case that cannot be read; the sentence names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class EmissionReport:
    """Sound power of one case in dB per metre, in the band it asks for and in all eight.

    `expected` is what the file says, or None; `difference` is level less expected.
    """

    case: str
    version: Version
    gradient_percent: float
    frequency_hz: int
    level: float
    spectrum: Bands
    expected: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class EmissionReports:
    """All emission cases of a file, and their levels in a row."""

    cases: tuple[EmissionReport, ...]
    level: Bands


_STREAMS = ("lv", "mv", "hgv", "wav", "wbv")
_VERSIONS: Mapping[float, Version] = {1.0: "2015", 2015.0: "2015", 2.0: "2021", 2020.0: "2021", 2021.0: "2021"}
_FASTEST_KMH, _MOST_PER_H, _STEEPEST_PERCENT = 500.0, 1e6, 100.0  # beyond these a file is in error
_COLDEST_C, _HOTTEST_C = -90.0, 70.0
_LARGEST = 1e6
_JUNCTIONS: tuple[Junction, ...] = ("none", "crossing", "roundabout")


def validate_emission(file: Path) -> EmissionReports:
    """Road emission cases in a JSON file: one case, a list, or an object with `cases`. Raises BadCase or OSError."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadCase(f"{file.name} is not a text file.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadCase(f"{file.name} is not valid JSON: {error}.") from error
    cases = document.get("cases", [document]) if isinstance(document, dict) else document
    if not isinstance(cases, list) or not cases:
        raise BadCase(f"{file.name} holds no emission case.")
    try:
        reports = tuple(report for i, case in enumerate(cases) for report in _emission(i, case))
    except (BadCase, UnknownSurface) as error:
        raise BadCase(f"{file.name}: {error}") from error
    return EmissionReports(reports, tuple(report.level for report in reports))


def _emission(index: int, case: object) -> list[EmissionReport]:
    """The runs of one case: gradients, table versions and expected levels may be lists."""
    if not isinstance(case, dict):
        raise BadCase(f"case {index + 1} is not an object.")
    name = str(case.get("test", index + 1))
    params = case.get("params", case)
    if not isinstance(params, dict):
        raise BadCase(f"case {name} has no params.")
    slopes = _numbers(case, "slope", name) or [_number(params, "slope", name, 0.0)]
    versions = _numbers(case, "fileVersion", name) or [2.0]
    expected = _numbers(case, "expected_dB", name)
    runs = max(len(slopes), len(versions), len(expected))
    for key, values in (("slope", slopes), ("fileVersion", versions)):
        if len(values) not in (1, runs):
            raise BadCase(f"case {name} has {len(values)} values as {key} for {runs} runs.")
    return [
        _run(
            name, params, slopes[min(i, len(slopes) - 1)], versions[min(i, len(versions) - 1)],
            expected[i] if i < len(expected) else None,
        )
        for i in range(runs)
    ]  # fmt: skip


def _run(
    name: str, params: Mapping[str, object], gradient_percent: float, version: float, expected: float | None
) -> EmissionReport:
    frequency = _number(params, "FreqParam", name)
    if frequency not in BANDS_HZ:
        raise BadCase(f"case {name} asks for {frequency:g} Hz, which is not one of {', '.join(map(str, BANDS_HZ))}.")
    junction = _number(params, "Junc_type", name, 0.0)
    if junction not in (0.0, 1.0, 2.0):
        raise BadCase(f"case {name} has Junc_type {junction:g}; 0, 1 (crossing) and 2 (roundabout) are known.")
    if version not in _VERSIONS:
        raise BadCase(f"case {name} has fileVersion {version:g}; 1 (2015) and 2 (2021) are known.")
    if abs(gradient_percent) > _STEEPEST_PERCENT:
        raise BadCase(f"case {name} has a slope of {gradient_percent:g} %, which no road has.")
    table = coefficients(_VERSIONS[version])
    vehicles = [_number(params, f"{each}_per_hour", name, 0.0, low=0.0, high=_MOST_PER_H) for each in _STREAMS]
    speeds = [_number(params, f"{each}_speed", name, 0.0, low=0.0, high=_FASTEST_KMH) for each in _STREAMS]
    road = Road(
        surface=str(params.get("RoadSurface", "DEF")),
        temperature_c=_number(params, "Temperature", name, 20.0, low=_COLDEST_C, high=_HOTTEST_C),
        gradient_percent=gradient_percent,
        studded_share=_number(params, "Pm_stud", name, 0.0, low=0.0, high=1.0),
        studded_months=_number(params, "Ts_stud", name, 0.0, low=0.0, high=12.0),
        junction=_JUNCTIONS[int(junction)],
        junction_distance_m=_number(params, "Junc_dist", name, 100.0),
    )
    spectrum = np.maximum(line_level(vehicles, speeds, road, table), -200.0)
    level = float(spectrum[BANDS_HZ.index(int(frequency))])
    return EmissionReport(
        name, table.version, gradient_percent, int(frequency), level, _bands(spectrum),
        expected, None if expected is None else level - expected,
    )  # fmt: skip


def _number(
    params: Mapping[str, object], key: str, name: str, default: float | None = None,
    low: float = -_LARGEST, high: float = _LARGEST,
) -> float:  # fmt: skip
    if key not in params and default is not None:
        return default
    value = _float(params.get(key), key, name)
    if not low <= value <= high:
        raise BadCase(f"case {name} has {key} {value:g}, which is not between {low:g} and {high:g}.")
    return value


def _numbers(case: Mapping[str, object], key: str, name: str) -> list[float]:
    values = case.get(key, [])
    numbers = [_float(value, key, name) for value in (values if isinstance(values, list) else [values])]
    if any(abs(number) > _LARGEST for number in numbers):
        raise BadCase(f"case {name} has {key} {max(numbers, key=abs):g}, which cannot be.")
    return numbers


def _float(value: object, key: str, name: str) -> float:
    """Numbers may be written as text."""
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else np.nan
    except (ValueError, OverflowError):
        number = np.nan
    if not np.isfinite(number):
        raise BadCase(f"case {name} needs a number as {key}.")
    return number
