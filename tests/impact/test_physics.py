"""What physics and sense demand of any input: more is never less, behind is never louder, closed is empty."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse.impact.noise.emission import Junction, Road, coefficients, line_energy
from citiverse.impact.noise.profile import parse_profile, path_levels
from citiverse.impact.traffic.equilibrium import equilibrium
from citiverse.impact.traffic.links import Links, Trips

FLOWS = st.lists(st.floats(0.0, 5000.0), min_size=5, max_size=5)
SPEEDS = st.lists(st.floats(0.0, 160.0), min_size=5, max_size=5)
SURFACES = st.sampled_from(sorted(coefficients().surfaces))
JUNCTIONS: st.SearchStrategy[Junction] = st.sampled_from(("none", "crossing", "roundabout"))


@given(
    FLOWS, FLOWS, SPEEDS, SURFACES, JUNCTIONS, st.floats(-15, 15), st.floats(-30, 40), st.floats(0, 1), st.floats(0, 12)
)
@settings(max_examples=60, deadline=None)
def test_more_vehicles_at_the_same_speed_are_never_less_noise(
    flows: list[float], more: list[float], speeds: list[float], surface: str, junction: Junction, gradient: float,
    temperature: float, studded: float, months: float,
) -> None:  # fmt: skip
    road = Road(
        surface=surface, junction=junction, junction_distance_m=40.0, gradient_percent=gradient,
        temperature_c=temperature, studded_share=studded, studded_months=months,
    )  # fmt: skip
    before = line_energy(flows, speeds, road)
    after = line_energy(np.add(flows, more), speeds, road)
    assert np.isfinite(after).all()
    assert (after >= before).all()


@given(
    st.floats(15, 600), st.floats(0.05, 0.95), st.floats(0.1, 30), st.floats(0.0, 20), st.floats(0, 1),
    st.floats(0.05, 5), st.floats(1.5, 20),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_higher_wall_never_lets_more_through(
    length: float, place: float, height: float, more: float, ground: float, source: float, receiver: float
) -> None:
    def level(wall_m: float) -> float:
        cuts = [
            ("Source", 0.0, source, {}),
            ("Wall", place * length, wall_m, {"intersectionType": "THIN_WALL_ENTER_EXIT"}),
            ("Receiver", length, receiver, {}),
        ]
        profile = parse_profile({
            "cutPoints": [
                {"type": kind, "coordinate": {"x": x, "y": 0.0, "z": z}, "zGround": 0.0, "groundCoefficient": ground,
                 **rest}
                for kind, x, z, rest in cuts
            ]
        })  # fmt: skip
        return float(min((each.diffraction + each.ground).min() for each in path_levels(profile)))

    line_of_sight = source + (receiver - source) * place
    lower = max(height, line_of_sight + 0.5)  # over the line of sight diffraction alone decides
    assert level(lower + more) >= level(lower) - 0.5  # the ground behind may gain a little


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_closed_link_carries_nobody_and_more_trips_never_cost_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 30
    links = Links(
        9, rng.integers(0, 9, count), rng.integers(0, 9, count), rng.uniform(2, 9, count), rng.uniform(1, 4, count),
        np.full(count, 0.15), np.full(count, 4.0), np.zeros(count),
    )  # fmt: skip
    trips = Trips(rng.integers(0, 9, 20), rng.integers(0, 9, 20), rng.uniform(0, 3, 20))
    found = equilibrium(links, trips)
    more = equilibrium(links, replace(trips, volume=trips.volume * 1.5))
    assert more.vehicle_time >= found.vehicle_time * 1.5 * (1.0 - 1e-5)
    shut = int(np.argmax(found.flow))
    closed = replace(links, capacity=np.where(np.arange(count) == shut, 0.0, links.capacity))
    after = equilibrium(closed, trips)
    assert after.flow[shut] == 0.0
    assert np.isfinite(after.time[after.flow > 0.0]).all()
    assert after.objective >= found.objective * (1.0 - 1e-5) or after.unserved_trips > found.unserved_trips
