"""What models found comes back at once, without keeping everything they worked with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.impact.model import Cancelled, Impact, Previous
from citiverse.impact.schedule import never
from citiverse.session.findings import KEPT, Finding, Findings
from tests.session.test_room import Speeds


def at_speed(city: City, speed_kmh: float) -> City:
    road = city.road("osm:w0")
    return city.with_change(Change({road.id: road}, {road.id: replace(road, speed_kmh=speed_kmh)}))


def test_a_city_seen_long_ago_is_told_at_once_though_its_workings_are_gone(town: City) -> None:
    model = Speeds()
    model.go.set()
    findings = Findings("town", town, (model,))

    def of(speed_kmh: float) -> Finding:
        return findings.of(at_speed(town, speed_kmh), None, never, lambda _: None)

    first = of(5.0)
    assert first.assessment is not None
    for speed in range(KEPT + 2):
        of(6.0 + speed)
    runs = model.runs
    again = of(5.0)
    assert model.runs == runs
    assert again.told == first.told
    assert again.assessment is None
    assert again.told["residents"] == {"basis": "estimated", "shifts": []}  # this model tells nothing of homes
    assert of(6.0 + KEPT + 1).assessment is not None


@dataclass
class InSteps(Speeds):
    """The sum of all speeds as an estimate, then in full, then with its interval."""

    def steps(
        self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled
    ) -> Iterator[Impact]:
        whole = self.run(city, needs, previous, cancelled)
        yield replace(whole, quality="fast", interval=False)
        yield replace(whole, interval=False)
        yield whole


def test_figures_come_fast_then_full_then_with_their_interval(town: City) -> None:
    steady, stepwise = Speeds(name="steady"), InSteps(name="stepwise")
    steady.go.set()
    stepwise.go.set()
    findings = Findings("town", town, (stepwise, steady))
    heard: list[Finding] = []
    last = findings.of(at_speed(town, 5.0), None, never, heard.append)
    assert [each.told["status"] for each in heard] == ["running", "running", "fast", "fast"]
    assert [
        [(run["name"], run["quality"], run["interval"]) for run in each.told["models"]]
        for each in (heard[0], heard[-1])
    ] == [[("stepwise", "fast", False)], [("stepwise", "full", True), ("steady", "full", True)]]
    assert last.told["status"] == "full"
    assert last.told["indicators"] == heard[-1].told["indicators"]
