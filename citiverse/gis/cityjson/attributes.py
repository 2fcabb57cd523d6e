"""What the attributes of city objects say, in CityJSON and CityGML alike."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from citiverse.city.feature import BuildingUse

Codes = Sequence[tuple[int, int, BuildingUse]]  # from, to, use

# OGC 12-019 (CityGML 2.0), annex C.1: code list for function and usage of buildings.
_FUNCTIONS: Codes = (
    (1000, 1000, "residential"), (1010, 1020, "apartments"), (1030, 1060, "mixed"), (1080, 1080, "mixed"),
    (1090, 1110, "house"), (1120, 1140, "office"), (1150, 1150, "commercial"), (1160, 1190, "retail"),
    (1210, 1230, "hotel"), (1240, 1300, "commercial"), (1310, 1370, "industrial"), (1380, 1380, "office"),
    (1390, 1450, "industrial"), (1470, 1600, "transport"), (1610, 1620, "parking"), (1630, 1640, "garage"),
    (1650, 1650, "parking"), (1660, 1860, "industrial"), (1960, 2060, "public"), (2070, 2110, "school"),
    (2120, 2200, "public"), (2210, 2290, "religious"), (2300, 2330, "hospital"), (2340, 2360, "public"),
    (2370, 2370, "school"), (2380, 2470, "public"), (2480, 2530, "transport"), (2540, 2640, "public"),
)  # fmt: skip
# The same, code list for class.
_CLASSES: Codes = (
    (1000, 1000, "residential"), (1020, 1020, "public"), (1030, 1040, "commercial"), (1050, 1070, "public"),
    (1080, 1080, "religious"), (1100, 1100, "school"), (1110, 1110, "industrial"), (1120, 1120, "hospital"),
    (1130, 1140, "public"), (1150, 1160, "industrial"), (1170, 1170, "transport"),
)  # fmt: skip
# Functions of buildings of the German surveys (ALKIS), which their CityGML writes as 31001_ and the code.
_ALKIS: Codes = (
    (1000, 1010, "residential"), (1020, 1025, "apartments"), (1100, 1131, "mixed"), (1210, 1313, "house"),
    (2000, 2010, "commercial"), (2020, 2040, "office"), (2050, 2050, "commercial"), (2051, 2056, "retail"),
    (2060, 2060, "commercial"), (2070, 2074, "hotel"), (2080, 2095, "commercial"), (2100, 2150, "industrial"),
    (2160, 2160, "office"), (2170, 2223, "industrial"), (2310, 2320, "mixed"), (2400, 2451, "transport"),
    (2460, 2462, "parking"), (2463, 2464, "garage"), (2500, 2623, "industrial"), (3000, 3019, "public"),
    (3020, 3024, "school"), (3030, 3038, "public"), (3040, 3048, "religious"), (3050, 3054, "hospital"),
    (3060, 3064, "public"), (3065, 3065, "school"), (3066, 3082, "public"), (3090, 3098, "transport"),
    (3100, 3100, "mixed"), (3200, 3290, "public"),
)  # fmt: skip
_WORDS: Sequence[tuple[str, BuildingUse]] = (
    ("apartment", "apartments"), ("residen", "residential"), ("dwelling", "residential"), ("woon", "residential"),
    ("wohn", "residential"), ("habitation", "residential"), ("office", "office"), ("kantoor", "office"),
    ("buro", "office"), ("büro", "office"), ("bureau", "office"), ("retail", "retail"), ("shop", "retail"),
    ("winkel", "retail"), ("commerc", "commercial"), ("industr", "industrial"), ("warehouse", "industrial"),
    ("school", "school"), ("schule", "school"), ("education", "school"), ("hospital", "hospital"),
    ("hotel", "hotel"), ("church", "religious"), ("religi", "religious"), ("garage", "garage"),
    ("parking", "parking"), ("public", "public"),
)  # fmt: skip


def number(attributes: Mapping[str, object], *names: str) -> float | None:
    """The first number under any of the names."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,12}(\.\d+)?\s*", value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(float(value)):
            return float(value)
    return None


def text(attributes: Mapping[str, object], *names: str) -> str:
    """The first text under any of the names, or ""."""
    return next((value for name in names if isinstance(value := attributes.get(name), str) and value), "")


def year(attributes: Mapping[str, object]) -> int | None:
    """The year in which it was built."""
    for name in ("yearOfConstruction", "oorspronkelijkbouwjaar", "originalConstructionYear", "dateOfConstruction"):
        match = re.match(r"\d{4}", str(attributes.get(name, "")))
        if match and 1000 <= int(match.group()) <= 2100:
            return int(match.group())
    return None


def use_of(attributes: Mapping[str, object]) -> BuildingUse | None:
    """The use that function, usage or class say, in words or as a code of the lists that are in use."""
    for name in ("function", "usage", "class"):
        said = attributes.get(name)
        word = str(said[0] if isinstance(said, list) and said else said or "").lower()
        found = _by_code(word, _CLASSES if name == "class" else _FUNCTIONS)
        found = found or next((use for part, use in _WORDS if part in word), None)
        if found:
            return found
    return None


def _by_code(word: str, codes: Codes) -> BuildingUse | None:
    match = re.fullmatch(r"(31001_|.*\D)?(\d{4})", word)
    if match is None:
        return None
    listed = _ALKIS if match[1] == "31001_" else codes
    return next((use for low, high, use in listed if low <= int(match[2]) <= high), None)
