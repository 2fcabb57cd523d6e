"""The forms that clients build from the verbs."""

import json
from dataclasses import asdict

from citiverse.proposal.edit import VERBS
from citiverse.proposal.forms import forms


def test_every_verb_has_a_form_that_is_json() -> None:
    made = forms()
    assert [form.verb for form in made] == list(VERBS)
    assert json.loads(json.dumps([asdict(form) for form in made]))


def test_every_field_can_be_filled() -> None:
    for form in forms():
        assert form.summary.endswith(".")
        assert form.gesture in {field.name for field in form.fields if field.kind == "gesture"}
        for field in form.fields:
            assert (field.kind == "gesture") == bool(field.gesture)
            assert (field.kind in ("choice", "choices")) == bool(field.choices)
            assert (field.kind == "list") == bool(field.fields)
            if field.kind in ("number", "whole"):
                assert field.least is not None
                assert field.most is not None


def test_a_field_says_its_unit_bounds_and_default() -> None:
    speed = next(form for form in forms() if form.verb == "set_speed").fields[1]
    assert (speed.name, speed.unit, speed.least, speed.most, speed.required) == ("speed_kmh", "km/h", 5, 130, True)
    park = {field.name: field for form in forms() if form.verb == "add_park" for field in form.fields}
    assert (park["clear"].default, park["clear"].choices[0]) == ("nothing", "nothing")


def test_alternatives_are_told() -> None:
    trees = next(form for form in forms() if form.verb == "plant_trees")
    assert trees.one_of == (("points",), ("line", "spacing_m"), ("area", "per_ha"))
