"""What the attributes of city objects say, in CityJSON and CityGML alike."""

import re
from collections.abc import Mapping

import numpy as np

from citiverse.city.feature import BuildingUse

_USE_BY_CODE: Mapping[int, BuildingUse] = {
    1000: "residential", 1010: "apartments", 1030: "apartments", 1040: "hotel", 1120: "office", 1150: "retail",
    1170: "hospital", 1180: "school", 1190: "school", 1100: "industrial", 1080: "religious", 1610: "garage",
}  # fmt: skip
_USE_WORDS: tuple[tuple[str, BuildingUse], ...] = (
    ("apartment", "apartments"), ("residen", "residential"), ("dwelling", "residential"), ("woon", "residential"),
    ("wohn", "residential"), ("habitation", "residential"), ("office", "office"), ("kantoor", "office"),
    ("buro", "office"), ("bureau", "office"), ("retail", "retail"), ("shop", "retail"), ("winkel", "retail"),
    ("commerc", "commercial"), ("industr", "industrial"), ("warehouse", "industrial"), ("school", "school"),
    ("education", "school"), ("hospital", "hospital"), ("hotel", "hotel"), ("church", "religious"),
    ("religi", "religious"), ("garage", "garage"), ("parking", "parking"), ("public", "public"),
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
    """The use that function, usage or class say in words or as a code of the SIG3D list."""
    said = attributes.get("function", attributes.get("usage", attributes.get("class", "")))
    word = str(said[0] if isinstance(said, list) and said else said).lower()
    digits = re.search(r"(\d{4})$", word)
    if digits and int(digits.group(1)) in _USE_BY_CODE:
        return _USE_BY_CODE[int(digits.group(1))]
    return next((use for part, use in _USE_WORDS if part in word), None)
