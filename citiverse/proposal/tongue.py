"""Edits as plain sentences in other languages than English: a file of phrases for each in `tongues/`.

The doors: `described(edit, city)` says an edit in every language there is a file for, `warned(warning)` a warning,
`worked(name)` a work that is paid for. English is what the verbs say themselves (`describe`), and their English phrases
are the keys of words ("this footpath", "its end"). The sentence of a verb is its template: {field} is what a field
holds, {stretch} a part of a road, {parts} a list of the phrases "verb.field" or "verb.field.choice" of the fields that
are given, {more} the same one right after the other. A verb without a template is left in English.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from citiverse.city.city import City
from citiverse.proposal.edit import Edit
from citiverse.proposal.fields import Strip
from citiverse.proposal.forms import FormField, form_of
from citiverse.proposal.phrases import Ends, name_and_ends
from citiverse.proposal.situation import EditWarning
from citiverse.proposal.words import called, figure, sentence

TONGUES = ("de", "fi", "fr")
_FIGURE = re.compile(r"\d[\d.,]*\d")
_NAMED = frozenset({"building", "green", "thing"})
_COUNTED = frozenset({"points", "trees"})


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a sentence says of an edit, found in the city once for all languages."""

    edit: Edit
    names: Mapping[str, str]
    ends: Ends


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language as its file has it."""

    language: str
    words: Mapping[str, str]

    def sentence(self, facts: _Facts) -> str:
        """The sentence of an edit; empty where the language has none for its verb."""
        template = self.words.get(facts.edit.verb)
        if template is None:
            return ""
        values = {each.name: self._value(each, facts) for each in _form_fields(type(facts.edit))}
        parts = list(filter(None, self._parts(facts, values)))
        values["parts"], values["more"] = ", ".join(parts), "".join(parts)
        values["stretch"] = self._stretch(facts.ends)
        text = template.format(**values)
        return text if text.startswith(tuple(facts.names.values())) else sentence(text)

    def word(self, phrase: str) -> str:
        """A phrase in this language; names stay as they are, and things without a word are "this thing"."""
        unknown = self.words["this thing"] if phrase.startswith("this ") else phrase
        return self.words.get(phrase, unknown)

    def thing(self, phrase: str) -> str:
        """What something is called at the head of a sentence: "a footpath" and "this footpath" are a footpath alike."""
        article, _, noun = phrase.partition(" ")
        if article not in ("a", "an", "the", "this") and phrase != "water":
            return phrase
        return sentence(self.word(f"this {noun or phrase}").partition(" ")[2])

    def warning(self, warning: EditWarning) -> str:
        """The sentence of a warning; in English where the language has none for its code."""
        form = warning.of.get("form")
        template = self.words.get(f"warning.{warning.code}.{form}" if form else f"warning.{warning.code}")
        if template is None:
            return warning.detail
        names = {key: self.thing(value) for key, value in warning.of.items() if key in ("name", "other")}
        figures = {key: self._figure(value) for key, value in warning.of.items() if key not in names}
        return template.format(**names, **figures)

    def work(self, name: str) -> str:
        """What a work of building is called; in English where the language has no word for it."""
        return self.words.get(f"work.{name}", name)

    def _figure(self, text: str) -> str:
        """A figure as this language writes it."""
        return _FIGURE.sub(lambda found: found[0].replace(",", "\u00a0").replace(".", self.words["decimal"]), text)

    def _parts(self, facts: _Facts, values: Mapping[str, str]) -> Iterator[str]:
        verb = facts.edit.verb
        for each in _form_fields(type(facts.edit)):
            given = getattr(facts.edit, each.name)
            if given is not None and given != ():
                chosen = f"{verb}.{each.name}.{str(given).lower()}"
                yield self.words.get(chosen, self.words.get(f"{verb}.{each.name}", "")).format(**values)

    def _stretch(self, ends: Ends) -> str:
        if ends is None:
            return ""
        start, end = map(self.word, ends)
        return self.words["stretch.between" if start != end else "stretch.at"].format(start=start, end=end)

    def _value(self, field: FormField, facts: _Facts) -> str:
        given = getattr(facts.edit, field.name)
        if field.name in facts.names:
            return self.word(facts.names[field.name])
        match given:
            case None | bool():
                return ""
            case int() | float():
                return self._figure(figure(given))
            case str():
                return self.words.get(f"{field.name}.{given}", given)
            case _ if field.gesture in _COUNTED:
                return str(len(given))
            case _ if field.kind == "list":
                return self._listing(self._counted(given))
            case _ if field.gesture:
                return ""
            case _:
                verb = facts.edit.verb
                return self._listing(self.words.get(f"{verb}.{field.name}.{each}", each) for each in given)

    def _counted(self, strips: Iterable[Strip]) -> Iterator[str]:
        for kind, same in groupby(sorted(strip.kind for strip in strips)):
            yield f"{len(list(same))} × {self.words.get(f'lanes.{kind}', kind)}"

    def _listing(self, words: Iterable[str]) -> str:
        listed = list(words)
        return f"{', '.join(listed[:-1])} {self.words['and']} {listed[-1]}" if len(listed) > 1 else "".join(listed)


def described(edit: Edit, city: City) -> dict[str, str]:
    """An edit as a sentence by language, with the names that `city` gives; in English where one has no words for it."""
    facts = _facts(edit, city)
    return {language: tongue_of(language).sentence(facts) or edit.describe(city) for language in TONGUES}


def warned(warning: EditWarning) -> dict[str, str]:
    """A warning as a sentence by language."""
    return {language: tongue_of(language).warning(warning) for language in TONGUES}


def worked(name: str) -> dict[str, str]:
    """What a work of building is called, by language."""
    return {language: tongue_of(language).work(name) for language in TONGUES}


def all_described(edits: Iterable[Edit], city: City) -> dict[str, list[str]]:
    """Sentences of edits in their order, by language."""
    each = [described(edit, city) for edit in edits]
    return {language: [told[language] for told in each] for language in TONGUES}


@cache
def tongue_of(language: str) -> Tongue:
    """One of TONGUES."""
    path = Path(__file__).parent / "tongues" / f"{language}.json"
    return Tongue(language, json.loads(path.read_text(encoding="utf-8")))


def _facts(edit: Edit, city: City) -> _Facts:
    names: dict[str, str] = {}
    ends: Ends = None
    for field in _form_fields(type(edit)):
        given = getattr(edit, field.name)
        if field.gesture == "road":
            names[field.name], ends = name_and_ends(city, given, getattr(edit, "between", None))
        elif field.gesture in _NAMED:
            names[field.name] = called(city, given)
        elif field.name == "model":
            model = city.models.get(given)
            names[field.name] = f"“{model.title}”" if model is not None and model.title else "a model"
    return _Facts(edit, names, ends)


@cache
def _form_fields(kind: type[Edit]) -> tuple[FormField, ...]:
    return form_of("", kind).fields
