"""What is written about formats is what there is."""

from pathlib import Path

from citiverse.gis.formats import FORMATS
from citiverse.gis.unite import ATTRIBUTES

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"


def test_every_format_is_told_of_under_its_name() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [each.name for each in FORMATS if f"`{each.name}`" not in text] == []


def test_the_preference_that_is_shown_is_one() -> None:
    text = DOCS.read_text(encoding="utf-8")
    shown = [line.split('"')[1] for line in text.splitlines() if line.startswith('"building.')]
    assert shown
    assert set(shown) <= set(ATTRIBUTES)
