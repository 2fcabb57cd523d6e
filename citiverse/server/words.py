"""The words of pages in the reader's language."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "fi", "fr", "de")  # a language is one file in locales/ and one word here
_MARKS = {"en": (",", "."), "fi": ("\u00a0", ","), "fr": ("\u202f", ","), "de": (".", ",")}  # thousands, decimals


@dataclass(frozen=True)
class Words:
    """Sentences and numbers in one language."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence for a key."""
        return self.sentences[key].format(**values)

    def number(self, value: float | None, digits: int = 3, *, signed: bool = False) -> str:
        """A number with so many digits that count, written as the language does; a dash for None."""
        if value is None:
            return "–"
        rounded = float(f"{value:.{digits}g}")
        decimals = max(0, digits - 1 - _exponent(rounded)) if rounded else 0
        text = f"{abs(rounded):,.{min(decimals, 6)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        thousands, decimal = _MARKS[self.language]
        text = text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
        sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text


@lru_cache(maxsize=8)
def words_in(language: str) -> Words:
    """The words of one of LANGUAGES."""
    path = Path(__file__).parent / "locales" / f"{language}.json"
    return Words(language, json.loads(path.read_text(encoding="utf-8")))


def language_of(wanted: str | None, accepted: str) -> str:
    """The language that was asked for, else the best that the reader takes (RFC 9110, 12.5.4), else English."""
    if wanted in LANGUAGES:
        return str(wanted)
    ranked: list[tuple[float, int, str]] = []
    for place, each in enumerate(accepted[:500].split(",")):
        name, _, weight = each.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        ranked.append((-quality, place, name.split("-")[0].lower()))
    return next((name for quality, _, name in sorted(ranked) if name in LANGUAGES and quality < 0), "en")


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])
