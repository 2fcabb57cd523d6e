"""Edits as sentences in each language."""

import string
from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest

from citiverse.city.city import City
from citiverse.proposal.edit import VERBS, parse_edit
from citiverse.proposal.forms import forms
from citiverse.proposal.guard import RULES, warnings
from citiverse.proposal.situation import EditWarning
from citiverse.proposal.tongue import TONGUES, described, tongue_of, warned, worked

Here = Callable[..., list[list[float]]]


def placeholders(template: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(template) if name)


@pytest.mark.parametrize("language", TONGUES)
def test_a_language_has_a_sentence_for_every_verb_and_asks_for_nothing_it_has_not(language: str) -> None:
    words = tongue_of(language).words
    for verb, kind in VERBS.items():
        known = {each.name for each in fields(kind)} | {"parts", "more", "stretch"}
        templates = [text for key, text in words.items() if key == verb or key.startswith(f"{verb}.")]
        assert verb in words
        assert {name for text in templates for name in placeholders(text)} <= known


@pytest.mark.parametrize("language", TONGUES)
def test_a_language_has_a_word_for_every_choice_that_its_sentences_say(language: str) -> None:
    words = tongue_of(language).words
    for form in forms():
        said = {
            name for key, text in words.items() if key.partition(".")[0] == form.verb for name in placeholders(text)
        }
        for field in form.fields:
            keys = (f"{form.verb}.{field.name}", field.name)
            lacking = [
                choice
                for choice in field.choices
                if field.name in said and not any(f"{key}.{choice}" in words for key in keys)
            ]
            assert not lacking, f"{form.verb}.{field.name}"


def test_the_languages_know_the_same_phrases() -> None:
    assert len({frozenset(tongue_of(language).words) for language in TONGUES}) == 1


def test_a_stretch_of_a_street_is_named_by_what_crosses_it(town: City, here: Here) -> None:
    edit = parse_edit({"verb": "close_road", "road": "osm:w1", "to": ["car", "bus"]})
    name = town.road("osm:w1").name
    assert described(edit, town) == {
        "de": f"{name}: für Autos und Busse sperren",
        "fi": f"{name}: suljetaan autoilta ja busseilta",
        "fr": f"Fermer {name} aux voitures et aux bus",
    }
    part = parse_edit({"verb": "set_speed", "road": "osm:w1", "speed_kmh": 12.5, "between": here((0, 100), (250, 100))})
    english = part.describe(town)
    assert " between " in english
    start, end = english.partition(" between ")[2].removesuffix(" to 12.5 km/h").split(" and ")
    told = described(part, town)
    assert "12,5 km/h" in told["fr"]
    for name in (start, end):
        assert name.startswith(("a ", "its ")) or name in told["fi"]


def test_numbers_choices_and_what_is_left_out(town: City, here: Here) -> None:
    square = [here((20, 310), (80, 310), (80, 370), (20, 370), (20, 310))]
    high = parse_edit({"verb": "add_building", "footprint": square, "height_m": 12.5, "use": "school"})
    assert described(high, town)["de"] == "Neues Gebäude (Schule, 12,5 m hoch)"
    green = parse_edit({"verb": "renovate_building", "building": "osm:w21", "solar": True, "green_roof": False})
    assert described(green, town)["fr"].endswith("(sans toit végétalisé, panneaux solaires)")
    lost = parse_edit({"verb": "demolish_building", "building": "osm:w404"})
    assert described(lost, town)["fi"] == "osm:w404: puretaan"


@pytest.mark.parametrize("language", TONGUES)
def test_a_language_has_a_sentence_for_every_warning(language: str) -> None:
    words = tongue_of(language).words
    assert {rule.__name__ for rule in RULES} <= {key.split(".")[1] for key in words if key.startswith("warning.")}


def test_a_warning_names_the_same_place_and_figures_in_every_language(town: City, here: Here) -> None:
    cut = parse_edit({"verb": "close_road", "road": "osm:w1", "to": ["car", "truck", "bus"]})
    tower = parse_edit({"verb": "reshape_building", "building": "osm:w21", "levels": 90})
    felled = parse_edit({"verb": "remove_trees", "trees": ["osm:n40"]})
    found = [each for edit in (cut, tower, felled) for each in warnings(town, edit.apply(town))]
    assert len({each.code for each in found}) > 2
    for each in found:
        for text in warned(each).values():
            assert text != each.detail
            figures = [word for word in each.detail.replace(",", "").split() if word.rstrip(".").isdecimal()]
            assert all(word.rstrip(".") in text for word in figures)


def test_what_is_met_is_named_without_its_article() -> None:
    met = EditWarning("facade_too_near", "", (0.0, 0.0), {"name": "a building", "value": "3.5 m", "limit": "8"})
    assert warned(met)["de"] == "Gebäude: nur 3,5 m entfernt; unter 8 m braucht es Brandwände."
    assert worked("tree planted")["fi"] == "puu istutettu"
    assert worked("igloo built") == dict.fromkeys(TONGUES, "igloo built")
