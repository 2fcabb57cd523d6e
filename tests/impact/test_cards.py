"""Every model has a card that says how it works, and foreign models are looked at before they may run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString, box

from citiverse.city.city import City, city_of
from citiverse.city.feature import Building, Lane, Road
from citiverse.city.frame import Frame
from citiverse.impact.card import card, page
from citiverse.impact.model import DRAWS, About, Cancelled, CannotAssess, Impact, Measure, Previous
from citiverse.impact.models import OURS
from citiverse.impact.quantity import QUANTITIES, UNITS, Quantity, known, quantity
from citiverse.impact.schedule import assess
from citiverse.impact.third_party import GROUP, ModelRefused, checked, installed

ROOFS = Quantity("roofs.area", "Area of roofs", "m2", "city", "now")
HEIGHT = quantity("building.height_m")
ROOFS_ABOUT = About(inputs=("building.height_m",), takes=(HEIGHT,), outputs=(ROOFS,))


@dataclass(frozen=True)
class Roofs:
    """Somebody's model: the area of all roofs."""

    name: str = "roofs"
    title: str = "Roofs"
    version: str = "1"
    needs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("geometry",)
    limits: tuple[str, ...] = ("Overhangs are not known.",)
    about: About = ROOFS_ABOUT
    unit: str = "m2"
    draws: int = DRAWS

    def missing(self, city: City) -> tuple[str, ...]:
        return ()

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        area = sum(each.geometry.area for each in city.all(Building))
        if not area:
            raise ZeroDivisionError("no roofs")
        measure = Measure("area", "Area of roofs", self.unit, area, area * np.ones(self.draws), "higher")
        return Impact(self.name, self.version, "full", (measure,), ())


def a_city() -> City:
    return city_of(
        [
            Building(id="a", geometry=box(0, 0, 10, 10), height_m=9.0, measured=frozenset({"height_m"})),
            Building(id="b", geometry=box(20, 0, 30, 10), height_m=9.0, estimated=frozenset({"height_m"})),
            Road(
                id="r", geometry=LineString([(0, -5), (40, -5)]), category="residential", lanes=(Lane("car", 6.0),),
                modes=frozenset({"car", "foot"}),
            ),
        ],
        name="hamlet",
        frame=Frame(32635, (385024.0, 6670848.0)),
    )  # fmt: skip


@pytest.mark.parametrize("model", OURS, ids=lambda each: each.name)
def test_every_model_has_a_whole_card(model: Roofs) -> None:
    shown = card(model, a_city())
    assert shown.method
    assert shown.inputs
    assert shown.valid
    assert shown.does_not_know
    assert shown.validation
    text = page((shown,))
    assert all(words in text for words in (shown.title, shown.version, shown.inputs[0].label, shown.method[0]))


def test_a_card_says_how_a_city_knows_the_inputs() -> None:
    heights = known(a_city(), "building.height_m")
    assert (heights.basis, heights.features) == ("mixed", {"measured": 1, "tagged": 0, "estimated": 1})
    assert known(a_city(), "building.people").basis == "estimated"
    assert known(a_city(), "defaults.car_share").basis == "default"
    city = replace(a_city(), defaults=replace(a_city().defaults, car_share=0.3))
    assert known(city, "defaults.car_share").basis == "given"
    assert known(city, "counts.per_day").basis == "absent"


def test_all_that_is_handed_on_has_a_unit_that_figures_may_be_told_in() -> None:
    assert all(each.unit in UNITS for each in QUANTITIES)


def test_a_foreign_model_runs_beside_ours() -> None:
    impact = assess(a_city(), [checked(Roofs(), known=["traffic"])]).impacts["roofs"]
    assert impact.measures[0].value == 200.0


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (object(), "it has no name"),
        (Roofs(name="traffic"), "there is a model named 'traffic' already"),
        (Roofs(needs=("weather",)), "it needs the model weather"),
        (Roofs(about=About(outputs=(replace(ROOFS, unit="acre"),))), "roofs.area with the unit 'acre'; known are"),
        (Roofs(about=About(outputs=())), "does not say what it finds"),
        (Roofs(about=About(outputs=(ROOFS,), takes=(replace(HEIGHT, unit="ft"),))),
         "takes building.height_m with the unit 'ft', but here that is 'm'"),
        (Roofs(about=About(outputs=(ROOFS,), takes=(replace(HEIGHT, space="grid"),))), "the space 'grid'"),
        (Roofs(about=About(outputs=(ROOFS,), takes=(replace(HEIGHT, time="hour"),))), "the time 'hour'"),
        (Roofs(about=About(outputs=(ROOFS,), takes=(quantity("noise.lden"),))), "without naming noise among its needs"),
        (Roofs(about=About(outputs=(ROOFS,), takes=(replace(HEIGHT, name="moon.phase"),))), "takes moon.phase, but"),
    ],
)  # fmt: skip
def test_a_foreign_model_that_does_not_fit_is_refused_with_the_reason(model: object, says: str) -> None:
    with pytest.raises(ModelRefused, match=says):
        checked(model, known=["traffic"])


def test_a_foreign_model_that_fails_or_breaks_its_word_harms_nobody() -> None:
    with pytest.raises(CannotAssess, match="Roofs has failed: ZeroDivisionError: no roofs"):
        checked(Roofs(), known=[]).run(city_of([], name="a", frame=Frame(32635, (0.0, 0.0)), bounds=(0, 0, 9, 9)), {},
                                       None, lambda: False)  # fmt: skip
    with pytest.raises(CannotAssess, match="area in 'ha', which is not among"):
        checked(Roofs(unit="ha"), known=[]).run(a_city(), {}, None, lambda: False)
    with pytest.raises(CannotAssess, match="no 64 finite draws"):
        checked(Roofs(draws=3), known=[]).run(a_city(), {}, None, lambda: False)


def test_the_example_in_the_docs_runs() -> None:
    text = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    there: dict[str, object] = {}
    exec(text.split("```python\n")[1].split("```")[0], there)
    impact = assess(a_city(), [checked(there["MODEL"], known=["traffic"])]).impacts["roofs"]
    assert impact.measures[0].value == 200.0


def test_the_docs_name_every_model() -> None:
    text = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    assert all(f"| {model.name} |" in text for model in OURS)


def test_models_are_found_by_their_entry_points() -> None:
    here = "tests.impact.test_cards" if __name__.startswith("tests.") else __name__
    points = [
        EntryPoint("roofs", f"{here}:Roofs", GROUP),
        EntryPoint("gone", "citiverse_nowhere:MODEL", GROUP),
    ]
    models, refused = installed(points, ["traffic"])
    assert [model.name for model in models] == ["roofs"]
    assert "can't be loaded: ModuleNotFoundError" in refused["gone"]
    assert not installed([], ["traffic"])[0]
