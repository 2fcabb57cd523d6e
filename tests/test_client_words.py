"""Every verb, field and choice that the server offers has its words in every language of the client."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from citiverse.proposal.forms import FormField, forms

CLIENT = Path(__file__).parents[1] / "web_client"
LOCALES = sorted((CLIENT / "src" / "locales").glob("*.json"))


def wanted(field: FormField, verb: str) -> Iterator[tuple[str, ...]]:
    """Keys that a field needs, each with what may stand in for it."""
    if field.kind == "list" and field.name == "lanes":
        yield (field.label,)
        for inner in field.fields:
            stem = "lane" if inner.name == "kind" else inner.label
            yield from ((f"{stem}.{each}",) for each in inner.choices)
        return
    yield (field.label,)
    for choice in field.choices:
        yield f"{field.label}.{choice}", f"value.{choice}"
    for inner in field.fields:
        yield from wanted(inner, verb)


@pytest.mark.parametrize("locale", LOCALES, ids=lambda path: path.stem)
def test_a_language_has_words_for_all_that_can_be_proposed(locale: Path) -> None:
    words = json.loads(locale.read_text(encoding="utf-8"))
    needed: list[tuple[str, ...]] = []
    for form in forms():
        needed += [(f"verb.{form.verb}",), (f"verb.{form.verb}.help",), (f"verbs.{form.group}",)]
        needed += [
            (f"way.{form.verb}.{group[0]}", f"field.{group[0]}") for group in form.one_of if len(form.one_of) > 1
        ]
        for field in form.fields:
            needed += wanted(field, form.verb)
    missing = sorted({keys for keys in needed if not any(key in words for key in keys)})
    assert missing == []


def test_every_verb_has_an_icon() -> None:
    icons = (CLIENT / "src/state/icons.ts").read_text(encoding="utf-8")
    assert [form.verb for form in forms() if not re.search(rf"\b{form.verb}: \"", icons)] == []


def test_what_the_citizens_page_names_is_called_so() -> None:
    told = " ".join((CLIENT.parent / "docs/citizens.md").read_text().split())
    words = set(json.loads((CLIENT / "src/locales/en.json").read_text()).values())
    named = re.findall(r"\*\*(.+?)\*\*", told)
    assert named
    assert [each for each in named if each not in words] == []
