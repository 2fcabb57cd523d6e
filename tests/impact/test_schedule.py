"""Models run after what they need, and differences carry their doubt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from shapely import box

from citiverse.city.change import Change
from citiverse.city.city import City, city_of
from citiverse.city.feature import Building
from citiverse.city.frame import Frame
from citiverse.impact.compare import compare, verdict
from citiverse.impact.model import DRAWS, About, Cancelled, CannotAssess, Impact, Measure, Previous, Superseded
from citiverse.impact.schedule import assess, in_order


@dataclass
class Counting:
    """Counts buildings; a real model, if a small one."""

    name: str
    needs: tuple[str, ...] = ()
    lacks: str = ""
    title: str = "Count"
    version: str = "1"
    sources: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    about: About = field(default_factory=About)
    reused: list[bool] = field(default_factory=list)

    def missing(self, city: City) -> tuple[str, ...]:
        return (self.lacks,) if self.lacks else ()

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        assert tuple(needs) == self.needs
        self.reused.append(previous is not None)
        if self.lacks:
            raise CannotAssess(f"There is no {self.lacks}.")
        count = float(len(city))
        measure = Measure("count", "buildings", "1", count, count * np.linspace(0.9, 1.1, DRAWS), "lower")
        return Impact(self.name, self.version, "full", (measure,), ())


def a_city(count: int) -> City:
    houses = [Building(id=f"b{i}", geometry=box(20 * i, 0, 20 * i + 10, 10), height_m=9.0) for i in range(count)]
    return city_of(houses, name="row", frame=Frame(32635, (385024.0, 6670848.0)))


def test_models_run_after_what_they_need() -> None:
    table = [Counting("c", ("b",)), Counting("b", ("a",)), Counting("a")]
    assert [model.name for model in in_order(table)] == ["a", "b", "c"]
    assert [model.name for model in in_order(table, ["b"])] == ["a", "b"]
    with pytest.raises(ValueError, match="no model named d"):
        in_order(table, ["d"])
    with pytest.raises(ValueError, match="need each other"):
        in_order([Counting("a", ("b",)), Counting("b", ("a",))])


def test_a_model_that_lacks_something_is_refused_with_those_that_need_it() -> None:
    result = assess(a_city(2), in_order([Counting("a", lacks="weather"), Counting("b", ("a",)), Counting("c")]))
    assert result.refused["a"] == "There is no weather."
    assert "There is no weather." in result.refused["b"]
    assert list(result.impacts) == ["c"]


def test_a_run_is_reused_and_can_be_superseded() -> None:
    model = Counting("a")
    city = a_city(3)
    first = assess(city, [model])
    house = city.building("b0")
    after = city.with_change(Change({"b0": house}, {"b0": None}))
    second = assess(after, [model], previous=first)
    assert model.reused == [False, True]
    assert second.impacts["a"].measures[0].value == 2.0
    assess(a_city(3), [model], previous=first)
    assert model.reused[-1] is False
    with pytest.raises(Superseded):
        assess(city, [model], cancelled=lambda: True)


def test_paired_draws_cancel_what_both_share() -> None:
    before, after = assess(a_city(10), [Counting("a")]), assess(a_city(9), [Counting("a")])
    (found,) = compare(before.impacts, after.impacts)
    assert found.difference == -1.0
    assert -1.1 <= found.low <= found.difference <= found.high <= -0.9
    assert found.verdict == "better"


def test_no_change_is_no_clear_change() -> None:
    same = assess(a_city(10), [Counting("a")]).impacts
    (found,) = compare(same, same)
    assert (found.difference, found.low, found.high, found.verdict) == (0.0, 0.0, 0.0, "no clear change")


def test_an_interval_over_zero_or_within_the_solvers_error_says_nothing() -> None:
    assert verdict(-1.0, 0.5, "lower") == "no clear change"
    assert verdict(0.5, 1.0, "lower") == "worse"
    assert verdict(0.5, 1.0, "higher") == "better"
    assert verdict(0.5, 1.0, "higher", floor=0.6) == "no clear change"


class InThree(Counting):
    """Tells its count in three steps."""

    def steps(
        self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled
    ) -> Iterator[Impact]:
        whole = self.run(city, needs, previous, cancelled)
        yield replace(whole, quality="fast", interval=False)
        yield replace(whole, interval=False)
        yield whole


def test_a_model_in_steps_is_heard_at_each_and_others_build_on_the_first_full_one() -> None:
    heard: list[tuple[str, str, bool]] = []
    found = assess(
        a_city(2), [InThree("slow"), Counting("next", ("slow",))],
        found=lambda each: heard.append((each.model, each.quality, each.interval)),
    )  # fmt: skip
    assert heard == [("slow", "fast", False), ("slow", "full", False), ("next", "full", True), ("slow", "full", True)]
    assert found.impacts["slow"].interval
