"""Numbers, lengths, speeds, colours and directions as people write them in tags."""

import math
import re
from collections.abc import Mapping

from citiverse.gis.osm.colours import CSS_COLOURS

Tags = Mapping[str, str]

FOOT_M = 0.3048  # international foot
LONGEST = 40  # digits and unit; longer text is no measure
INCH_M = 0.0254
MILE_KM = 1.609344  # international mile
NO = frozenset({"no", "none", "0", "false"})
COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_CARDINAL = {"NORTH": "N", "EAST": "E", "SOUTH": "S", "WEST": "W"}
_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_FEET = re.compile(
    rf"^({_NUMBER})\s*(?:['\u2019\u2032]|ft|feet|foot)\s*(?:({_NUMBER})\s*(?:\"|[\u2033\u201d]|''|in|inch|inches))?$",
    re.IGNORECASE,
)
_INCHES = re.compile(rf"^({_NUMBER})\s*(?:\"|[\u2033\u201d]|''|in|inch|inches)$", re.IGNORECASE)
_METRES = re.compile(rf"^(?:~|ca\.?|approx\.?)?\s*({_NUMBER})\s*([a-z]*)\.?$", re.IGNORECASE)
_UNITS_M = {"": 1.0, "m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "mtr": 1.0,
            "cm": 0.01, "mm": 0.001, "km": 1000.0, "mi": 1609.344, "yd": 0.9144, "yards": 0.9144}  # fmt: skip
_HEX = re.compile(r"^#?([0-9a-f]{6}|[0-9a-f]{3})$", re.IGNORECASE)


def first(value: str) -> str:
    """The first of several values that stand between semicolons."""
    return value.split(";", 1)[0].strip() if ";" in value else value.strip()


def number(value: str | None) -> float | None:
    """A plain number, with a comma or a point; None where it is none."""
    if not value:
        return None
    text = first(value)
    return float(text.replace(",", ".")) if len(text) <= LONGEST and re.fullmatch(_NUMBER, text) else None


def whole(value: str | None) -> int | None:
    """A whole number of at least zero; None where it is none."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def metres(value: str | None) -> float | None:
    """A length: metres unless a unit stands there ("12,5", "10 m", "40 ft", 12'6", "30 cm"); None where unreadable."""
    if not value:
        return None
    text = first(value)[:LONGEST]
    if match := _FEET.match(text):
        feet, inches = (float(part.replace(",", ".")) if part else 0.0 for part in match.groups())
        return feet * FOOT_M + inches * INCH_M
    if match := _INCHES.match(text):
        return float(match.group(1).replace(",", ".")) * INCH_M
    if match := _METRES.match(text):
        unit = _UNITS_M.get(match.group(2).lower())
        return None if unit is None else float(match.group(1).replace(",", ".")) * unit
    return None


def colour(value: str | None) -> str:
    """#rrggbb of a CSS name or hexadecimal code; empty where unreadable."""
    if not value:
        return ""
    text = first(value).lower()
    if match := _HEX.match(text):
        code = match.group(1)
        return "#" + (code if len(code) == 6 else "".join(digit * 2 for digit in code))
    return CSS_COLOURS.get(re.sub(r"[\s_-]", "", text), "")


def bearing(value: str | None) -> float | None:
    """Degrees clockwise from north of "135", "SE", "south" or "135-180" (its middle); None where unreadable."""
    if not value:
        return None
    text = first(value).upper()
    text = _CARDINAL.get(text, text)
    if text in COMPASS:
        return COMPASS.index(text) * 22.5
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)", text):
        start, end = (float(part) for part in match.groups())
        return (start + ((end - start) % 360.0) / 2.0) % 360.0
    found = number(text.removesuffix("°"))
    return None if found is None else found % 360.0


def percent(value: str | None) -> float | None:
    """A slope in percent of "5%", "-3.5 %" or "4°"; None where unreadable ("up", "down")."""
    if not value:
        return None
    text = first(value)
    if text.endswith("°"):
        degrees = number(text[:-1])
        return None if degrees is None or abs(degrees) > 45 else math.tan(math.radians(degrees)) * 100.0
    return number(text.removesuffix("%").strip())
