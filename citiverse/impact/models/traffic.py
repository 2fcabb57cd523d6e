"""Car traffic: who drives where, and what it does to streets and the people beside them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import shapely

from citiverse.city.city import City
from citiverse.city.feature import Building, Furniture, Place, Road
from citiverse.geometry.arrays import FloatArray, IntArray
from citiverse.impact.card import about
from citiverse.impact.doubt import demand_draws
from citiverse.impact.model import (
    About,
    AtHome,
    Cancelled,
    CannotAssess,
    Impact,
    Layer,
    Measure,
    Previous,
    Quality,
)
from citiverse.impact.residents import people_of
from citiverse.impact.streets import PERIOD_HOURS, StreetTraffic
from citiverse.impact.traffic.assignment import Ends, Streets, between, cut_off, ends_on, hour, streets_in
from citiverse.impact.traffic.calibration import calibrated, match
from citiverse.impact.traffic.coefficients import Coefficients, coefficients
from citiverse.impact.traffic.consequences import (
    bus_delay_h,
    engine_minutes,
    fewer_cars,
    injury_crashes,
    on_local_streets,
)
from citiverse.impact.traffic.demand import Demand, Frontage, demand, frontage
from citiverse.impact.traffic.equilibrium import Equilibrium
from citiverse.impact.traffic.links import Flags, Links
from citiverse.impact.traffic.simplify import Simplified

GAP = 1e-6
COARSE_GAP = 1e-4  # to see how results move with demand, and of what is told before the rest is known
STEPS_FROM = 250_000  # links times places of a network that takes long enough to tell something on the way
MORE = 1.25  # times the demand
DAYS_A_YEAR = 365.0
ENGINE_STEP = AtHome("lower", 0.25)
ENGINE_ELASTICITY = 0.1  # of engines' minutes to the amount of traffic, for their doubt: own default
HEAVY_FASTEST_KMH = 90.0  # Council Directive 92/6/EEC: speed limiters of heavy goods vehicles
LEGEND = (
    (0.0, "#f1eef6"), (500.0, "#d0d1e6"), (2000.0, "#a6bddb"), (5000.0, "#74a9cf"), (10000.0, "#3690c0"),
    (20000.0, "#0570b0"), (40000.0, "#034e7b"),
)  # fmt: skip
LEGEND_MINUTES = (
    (0.0, "#f7fcf5"), (2.0, "#c7e9c0"), (4.0, "#74c476"), (6.0, "#fed976"), (8.0, "#fd8d3c"), (10.0, "#e31a1c"),
    (15.0, "#800026"),
)  # fmt: skip
_KINDS_THAT_MATTER = frozenset({Road.kind, Building.kind, Place.kind, Furniture.kind})
_LOCAL = frozenset({"residential", "living_street"})


@dataclass(frozen=True, slots=True, eq=False)
class Corrections:
    """Factors on trips by the names of where they begin and end, from counts; how far off flows were and are."""

    factors: Mapping[tuple[tuple[int, int], tuple[int, int]], float]
    told: str

    def of(self, trips: Demand) -> Demand:
        """The trips with the factors; those that the city had not without edits stay as they are."""
        factors = np.array([self.factors.get(pair, 1.0) for pair in trips.pairs])
        return replace(trips, volume=trips.volume * factors)


@dataclass(frozen=True, slots=True, eq=False)
class TrafficFound(StreetTraffic):
    """Traffic on streets, and what the next run takes over.

    `usual_minutes` is the mean time of a car trip at peak in the city without edits; `corrections` are what counts have
    made of its trips; `solved` what was solved for which trips on which links.
    """

    frontage: Frontage
    usual_minutes: float
    corrections: Corrections | None
    solved: "_Solved | None"


@dataclass(frozen=True, slots=True, eq=False)
class _Day:
    """Equilibria of the hours of a day. `flow` is the vehicles per day on each way, `through` those that only pass.

    `factor` is its demand, relative to a usual day's.
    """

    peak: Equilibrium
    calm: Equilibrium
    flow: FloatArray
    through: FloatArray
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """A usual day and how figures spread about it: as on a busier day, before there is one as in the run before."""

    usual: _Day
    busier: _Day | None
    before: Mapping[str, Measure]
    table: Coefficients

    def draws(self, id: str, value: float, of: Callable[[_Day], float]) -> FloatArray:
        """Draws of the figure `id`, shape (DRAWS,), which is `of` a day and has `value` on the usual one."""
        factors = _demand_draws(self.table)
        if self.busier is None:
            known = self.before.get(id)
            return value * (known.draws / known.value if known is not None and known.value > 0 else factors)
        more = float(of(self.busier))
        elasticity = np.clip(np.log(more / value) / np.log(MORE), -1.0, 8.0) if value > 0 and more > 0 else 0.0
        return np.asarray(value * factors**elasticity, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """A usual day and a busier one, and what they hang on."""

    links: Links
    trips: Demand
    ends: Ends
    usual: _Day
    busier: _Day

    def holds(self, links: Links, trips: Demand, ends: Ends) -> bool:
        """Whether these links and trips are the same to the last bit."""
        return all(
            np.array_equal(getattr(one, field.name), getattr(other, field.name))
            for one, other in ((self.links, links), (self.trips, trips), (self.ends, ends))
            for field in fields(one)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Homes:
    """Buildings with residents, `people`, shape (homes,), and pairs of one and a piece of street beside it."""

    people: FloatArray
    home: IntArray
    piece: IntArray


@dataclass(frozen=True, slots=True)
class Traffic:
    """Cars and trucks on streets."""

    name: str = "traffic"
    title: str = "Traffic"
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Version of method and coefficients."""
        return f"1, {coefficients().version}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""
        return (
            "Wardrop (1952), Some theoretical aspects of road traffic research: user equilibrium",
            "Dial (2006), Transportation Research Part B 40, 917-936: solved by Algorithm B to a relative gap of 1e-6",
            "Ortuzar & Willumsen, Modelling Transport, 4th ed. (2011), 5.3: doubly constrained gravity model",
            *coefficients().sources,
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model does not know."""
        return (
            "Trips come from buildings' size and use and from the streets at the edge; counts bring them into line "
            "where there are some.",
            "People keep their trips when streets change: what is told is the most that streets have to bear. How many "
            "might change to or from the car is told as a range beside it, and does not thin out the traffic.",
            "Crashes follow the amount and the speed of traffic alone, at rates of an ordinary European city; the "
            "layout of junctions, cyclists and pedestrians are not known.",
            "Engines come from the stations on the map, by the streets that are open to cars or buses; sirens, "
            "bollards that they may lower, and help from outside the scene are left out.",
            "Who finds a street at the edge closed comes in by the nearest open one; detours outside are not counted.",
            "All traffic lights have the same program and make cars wait as long, however many there are; turning at "
            "corners costs nothing, and bans on turning that hold at times or for some vehicles only are left out.",
            "Searching for a place to park, taxis, deliveries and scheduled buses are left out.",
            "Trucks take the ways of cars and are a share of them that depends on the street; from a street that bars "
            "them they are gone, not moved to others.",
        )

    @property
    def about(self) -> About:
        """What it takes and finds, where it holds and how it was tested."""
        return about(self.name)

    def missing(self, city: City) -> tuple[str, ...]:
        """What the city lacks for the model."""
        return () if any("car" in road.modes for road in city.all(Road)) else ("streets for cars",)

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """Flows and speeds on all streets over a day."""
        *_, found = self.steps(city, needs, previous, cancelled)
        return found

    def steps(
        self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled
    ) -> Iterator[Impact]:
        """As `run`; after a first run a large network's figures are told before they are all there."""
        before = previous.impact.output if previous is not None else None
        if previous is not None and previous.change.kinds.isdisjoint(_KINDS_THAT_MATTER):
            yield previous.impact
            return
        table = coefficients()
        base = before.frontage if isinstance(before, TrafficFound) else frontage(city, table)
        streets = streets_in(city, table)
        if not base.usable and not len(streets.ways):
            raise CannotAssess(f"{city.title} has no streets for cars, so there is no traffic to tell.")
        corrections = before.corrections if isinstance(before, TrafficFound) else _counted(city, base, cancelled)
        trips = demand(city, base, table)
        if corrections is not None:
            trips = corrections.of(trips)
        ends = ends_on(streets, trips, base, table.peak_hour_share)
        small = between(streets, ends)
        known = {each.id: each for each in previous.impact.measures} if previous is not None else {}
        homes = _homes_beside(city, streets, table)
        usual = before.usual_minutes if isinstance(before, TrafficFound) else None

        def told(day: _Day, quality: Quality) -> Impact:
            nonlocal usual
            minutes = _mean_minutes(day, trips, table.peak_hour_share)
            if usual is None:
                usual = _usual(city, base, corrections, minutes, cancelled)
            engines = tuple(_engines(city, streets, day))
            return Impact(
                model=self.name,
                version=self.version,
                quality=quality,
                measures=(
                    *_measures(city, streets, trips, ends, homes, _Days(day, None, known, table)),
                    _crashes(streets, day, table),
                    _moved(city, trips, minutes - usual, table),
                    *(each for each, _ in engines),
                ),
                layers=(
                    Layer("traffic_flow", "Cars and trucks a day", "vehicles/day", _by_road(streets, day.flow), LEGEND),
                    Layer(
                        "traffic_through", "Through traffic a day", "vehicles/day", _by_road(streets, day.through),
                        LEGEND,
                    ),
                    *(each for _, each in engines),
                ),
                output=_on_streets(city, streets, day, table, base, usual, corrections) if quality == "full" else None,
                solver_error=max(day.peak.gap, day.calm.gap),
                notes=_notes(trips, base, corrections),
                interval=False,
            )  # fmt: skip

        solved = before.solved if isinstance(before, TrafficFound) else None
        if solved is not None and solved.holds(streets.links, trips, ends):
            day, busier = solved.usual, solved.busier
            found = told(day, "full")
        else:
            in_steps = previous is not None and len(small.links) * len(trips.points) >= STEPS_FROM
            gaps = (COARSE_GAP, GAP) if in_steps else (GAP,)
            for gap, day in zip(gaps, _days(streets, small, trips, ends, table, gaps, cancelled), strict=True):
                found = told(day, "full" if gap == GAP else "fast")
                if in_steps:
                    yield found
            busier = _day(streets, small, trips, ends, table, MORE, COARSE_GAP, cancelled)
        spread = {each.id: each for each in _measures(city, streets, trips, ends, homes, _Days(day, busier, {}, table))}
        now = _Solved(streets.links, trips, ends, day, busier)
        yield replace(
            found,
            measures=tuple(spread.get(each.id, each) for each in found.measures),
            output=replace(found.output, solved=now) if isinstance(found.output, TrafficFound) else None,
            interval=True,
        )


def _calm_share(table: Coefficients) -> float:
    """Share of a day's trips in an hour of the day outside the peaks."""
    return (table.day_share - table.peak_hours * table.peak_hour_share) / (PERIOD_HOURS[0] - table.peak_hours)


def _day(
    streets: Streets,
    small: Simplified,
    trips: Demand,
    ends: Ends,
    table: Coefficients,
    factor: float,
    gap: float,
    cancelled: Cancelled,
) -> _Day:
    """A day with `factor` times the trips."""
    *_, found = _days(streets, small, trips, ends, table, (gap,), cancelled, factor)
    return found


def _days(
    streets: Streets,
    small: Simplified,
    trips: Demand,
    ends: Ends,
    table: Coefficients,
    gaps: Sequence[float],
    cancelled: Cancelled,
    factor: float = 1.0,
) -> Iterator[_Day]:
    """As `_day`, when both peak hours and calm ones have reached each of `gaps`.

    Evening and night have the ways of calm hours.
    """
    calm_share = _calm_share(table)
    calm_hours = (1.0 - table.peak_hours * table.peak_hour_share) / calm_share
    peaks, calms = (
        hour(streets, small, trips, ends, share * factor, gaps=gaps, cancelled=cancelled)
        for share in (table.peak_hour_share, calm_share)
    )
    for peak, calm in zip(peaks, calms, strict=True):
        yield _Day(
            peak,
            calm,
            peak.flow * table.peak_hours + calm.flow * calm_hours,
            peak.told_apart * table.peak_hours + calm.told_apart * calm_hours,
            factor,
        )


def _both_ways(streets: Streets, values: FloatArray) -> FloatArray:
    """Sums over the ways of each piece of street."""
    total: FloatArray = np.bincount(streets.ways.piece, values, len(streets.network)).astype(np.float64)
    return total


def _counted(city: City, base: Frontage, cancelled: Cancelled) -> Corrections | None:
    """What counts make of the trips of the city without edits; None without counts on its streets."""
    if not city.facts.counts:
        return None
    table, unedited = coefficients(), replace(city, overlay={})
    streets = streets_in(unedited, table)
    counted = match(city.facts.counts, streets)
    if not counted:
        return None
    trips = demand(unedited, base, table)
    ends = ends_on(streets, trips, base, table.peak_hour_share)
    small = between(streets, ends)

    def solve(volume: FloatArray) -> tuple[FloatArray, FloatArray]:
        day = _day(streets, small, replace(trips, volume=volume), ends, table, 1.0, COARSE_GAP, cancelled)
        return day.flow, day.calm.cost

    found = calibrated(streets, trips, ends, counted, solve)
    told = (
        f"{found.counts} counts of motor traffic: flows were {100.0 * found.before:.0f} % off them on average and are "
        f"{100.0 * found.after:.0f} % off after the trips were brought into line."
    )
    return Corrections(dict(zip(trips.pairs, found.factors.tolist(), strict=True)), told)


def _usual(city: City, base: Frontage, corrections: Corrections | None, minutes: float, cancelled: Cancelled) -> float:
    """Mean time of a car trip at peak in the city without edits; `minutes` with them."""
    if not city.overlay:
        return minutes
    table, unedited = coefficients(), replace(city, overlay={})
    streets = streets_in(unedited, table)
    trips = demand(unedited, base, table)
    if corrections is not None:
        trips = corrections.of(trips)
    ends = ends_on(streets, trips, base, table.peak_hour_share)
    return _mean_minutes(
        _day(streets, between(streets, ends), trips, ends, table, 1.0, GAP, cancelled), trips, table.peak_hour_share
    )


def _on_streets(
    city: City, streets: Streets, day: _Day, table: Coefficients, base: Frontage, usual_minutes: float,
    corrections: Corrections | None,
) -> TrafficFound:  # fmt: skip
    """Flows and speeds by period on all pieces of street, closed ones too: theirs are 0."""
    network = streets.network
    calm_share = _calm_share(table)
    day_hours, evening_hours, night_hours = PERIOD_HOURS
    peak, calm = _both_ways(streets, day.peak.flow), _both_ways(streets, day.calm.flow)
    flow = np.column_stack(
        [
            (table.peak_hours * peak + (day_hours - table.peak_hours) * calm) / day_hours,
            calm * (table.evening_share / evening_hours / calm_share),
            calm * (table.night_share / night_hours / calm_share),
        ]
    )
    road = network.road
    heavy = np.array([_heavy(each, city.defaults.truck_share, table) for each in network.roads]).reshape(-1, 3)[road]
    free_kmh = np.array([each.speed_kmh for each in network.roads])[road]
    calm_kmh = _speed(streets, free_kmh, [(1.0, day.calm)])
    light_kmh = np.column_stack(
        [
            _speed(streets, free_kmh, [(table.peak_hours, day.peak), (day_hours - table.peak_hours, day.calm)]),
            calm_kmh,
            free_kmh,
        ]
    )
    return TrafficFound(
        road_ids=tuple(network.roads[each].id for each in road),
        lines=network.lines,
        light_per_h=flow * (1.0 - heavy),
        heavy_per_h=flow * heavy,
        light_kmh=light_kmh,
        heavy_kmh=np.minimum(light_kmh, HEAVY_FASTEST_KMH),
        surfaces=tuple(network.roads[each].surface for each in road),
        gradient_percent=_gradient(city, streets),
        frontage=base,
        usual_minutes=usual_minutes,
        corrections=corrections,
        solved=None,
    )


def _heavy(road: Road, truck_share: float, table: Coefficients) -> tuple[float, ...]:
    """Share of heavy vehicles by day, evening and night."""
    if "truck" not in road.modes:
        return (0.0, 0.0, 0.0)
    return tuple(min(truck_share * each, 1.0) for each in table.street(road.category).heavy)


def _speed(streets: Streets, free_kmh: FloatArray, hours: list[tuple[float, Equilibrium]]) -> FloatArray:
    """Distance over time of all vehicles on each piece; the free speed where there are none."""
    km = sum(count * _both_ways(streets, found.flow * streets.length_km) for count, found in hours)
    minutes = sum(count * _both_ways(streets, found.flow * found.time) for count, found in hours)
    return np.divide(60.0 * km, minutes, out=free_kmh.astype(np.float64).copy(), where=np.asarray(minutes) > 0)


def _gradient(city: City, streets: Streets) -> FloatArray:
    """Slope along each piece: as tagged, else of the ground between its ends; bridges and tunnels are level."""
    network = streets.network
    tagged = np.array([np.nan if road.incline_percent is None else road.incline_percent for road in network.roads])
    level = np.array([road.bridge or road.tunnel for road in network.roads], np.bool_)
    slope = np.zeros(len(network))
    if not city.terrain.flat:
        height = city.terrain.heights(network.points)
        slope = 100.0 * (height[network.end] - height[network.start]) / network.length_m
        slope[level[network.road]] = 0.0
    known = tagged[network.road]
    return np.where(np.isnan(known), slope, known)


def _by_road(streets: Streets, by_way: FloatArray) -> dict[str, float]:
    """Vehicles per day on each road that cars use: the mean over its length."""
    network = streets.network
    flow = _both_ways(streets, by_way)
    length = np.bincount(network.road, network.length_m, len(network.roads))
    passed = np.bincount(network.road, flow * network.length_m, len(network.roads))
    return {
        road.id: float(passed[k] / length[k])
        for k, road in enumerate(network.roads)
        if "car" in road.modes and length[k] > 0
    }


def _measures(city: City, streets: Streets, trips: Demand, ends: Ends, homes: _Homes, days: _Days) -> Iterator[Measure]:
    """The figures that move with demand."""
    table, day = days.table, days.usual
    local = np.array([road.category in _LOCAL for road in streets.network.roads], np.bool_)
    on_local = local[streets.network.road][streets.ways.piece]

    def km(flow: FloatArray, where: Flags | slice = slice(None)) -> float:
        return float((flow * streets.length_km)[where].sum())

    hours_driven = float(day.peak.vehicle_time) * table.peak_hours / 60.0
    yield _measure("car_km", "Driven in the area", "km/day", lambda each: km(each.flow), days)
    yield _measure("local_km", "Driven on residential streets", "km/day", lambda each: km(each.flow, on_local), days)
    yield _measure(
        "delay", "Time lost in traffic", "h/day", lambda each: _lost_h(streets, each, table), days,
        floor=_gap(day) * hours_driven,
    )  # fmt: skip
    yield _measure(
        "trip_minutes", "Mean time of a car trip in the area at peak", "min",
        lambda each: _mean_minutes(each, trips, table.peak_hour_share), days,
    )  # fmt: skip
    yield _busy(streets, homes, days)
    yield _measure(
        "through_local_km", "Through traffic on residential streets", "km/day", lambda each: km(each.through, on_local),
        days,
    )  # fmt: skip
    lost = float(cut_off(trips, ends, day.peak).sum())
    yield _measure(
        "cut_off", "Car trips whose way in or out is closed", "trips/day", lambda each: lost * each.factor, days
    )
    yield from _buses(city, streets, days)


def _gap(day: _Day) -> float:
    """The solver's own error: at least GAP."""
    return max(GAP, day.peak.gap, day.calm.gap)


def _measure(
    id: str, label: str, unit: str, of: Callable[[_Day], float], days: _Days, floor: float | None = None
) -> Measure:
    """A figure that better keeps low. Its draws follow its elasticity to demand, found by a run with more of it."""
    value = float(of(days.usual))
    return Measure(
        id=id,
        label=label,
        unit=unit,
        value=value,
        draws=days.draws(id, value, of),
        better="lower",
        floor=10.0 * _gap(days.usual) * value if floor is None else floor,
    )


def _demand_draws(table: Coefficients) -> FloatArray:
    """Factors on demand, shape (DRAWS,): the middles of equally likely slices of a lognormal distribution."""
    return demand_draws(table.doubt)


def _lost_h(streets: Streets, day: _Day, table: Coefficients) -> float:
    """Hours that all vehicles together lose to each other on a day; at night they lose none."""
    free = streets.links.base_time
    calm_hours = (1.0 - table.peak_hours * table.peak_hour_share - table.night_share) / _calm_share(table)
    lost = sum(
        float((found.flow * (found.time - free)).sum()) * hours
        for found, hours in ((day.peak, table.peak_hours), (day.calm, calm_hours))
    )
    return lost / 60.0


def _mean_minutes(day: _Day, trips: Demand, share: float) -> float:
    """Minutes of a trip at peak, with its waits at traffic lights."""
    served = float(trips.volume.sum()) * share * day.factor - day.peak.unserved_trips
    return float((day.peak.flow * day.peak.cost).sum()) / served if served > 0 else 0.0


def _crashes(streets: Streets, day: _Day, table: Coefficients) -> Measure:
    """Crashes with injuries a year: more where more or faster cars drive."""
    network = streets.network
    km = _both_ways(streets, day.flow * streets.length_km) * DAYS_A_YEAR
    minutes = _both_ways(streets, day.peak.time * day.flow)
    free = np.array([each.speed_kmh for each in network.roads])[network.road]
    kmh = np.divide(60.0 * km / DAYS_A_YEAR, minutes, out=free.astype(np.float64).copy(), where=np.asarray(minutes) > 0)
    local = on_local_streets(network.roads)[network.road]
    value, draws = injury_crashes(np.asarray(km, np.float64), kmh, local, table)
    return Measure(
        id="crashes", label="Crashes with injuries (order of magnitude)", unit="cases/year", value=value, draws=draws,
        better="lower", floor=0.01,
    )  # fmt: skip


def _moved(city: City, trips: Demand, more_minutes: float, table: Coefficients) -> Measure:
    """Car trips that come or go as they take less or more time than in the city as it is; they still drive here."""
    share = city.defaults.car_share
    change, draws = fewer_cars(share, more_minutes, table)
    by_all_means = float(trips.volume[~trips.through].sum()) / share if share > 0.0 else 0.0
    return Measure(
        id="mode_shift", label="Change of car trips because they take longer or shorter (not fed back)",
        unit="trips/day", value=change * by_all_means, draws=draws * by_all_means, better="lower", floor=1.0,
    )  # fmt: skip


def _buses(city: City, streets: Streets, days: _Days) -> Iterator[Measure]:
    """What buses lose in traffic, where a timetable tells of them."""
    timetable = city.facts.timetable
    if timetable is None:
        return

    def lost(day: _Day) -> float:
        delay = day.peak.time - streets.links.base_time
        return bus_delay_h(streets.network, streets.ways, delay, timetable, days.table.bus_peaks_h)

    yield _measure("bus_delay", "Time that buses lose to cars in the hours of the peak", "h/day", lost, days)


def _engines(city: City, streets: Streets, day: _Day) -> Iterator[tuple[Measure, Layer]]:
    """Minutes for fire engines and ambulances, where the scene has their stations."""
    buildings = list(city.all(Building))
    living = people_of(city, buildings).count
    for kind, words in (("fire", "a fire engine"), ("ambulance", "an ambulance")):
        found = engine_minutes(city, streets.network, streets.ways, day.peak.time, kind, buildings)
        near = np.isfinite(found.minutes)
        people = float(living[near].sum())
        if not found.stations or not people:
            continue
        mean = float(found.minutes[near] @ living[near]) / people
        minutes = dict(zip(np.array(found.buildings)[near].tolist(), found.minutes[near].tolist(), strict=True))
        yield (
            Measure(
                id=f"{kind}_minutes", label=f"Mean minutes for {words} to residents at peak", unit="min", value=mean,
                draws=mean * _demand_draws(coefficients()) ** ENGINE_ELASTICITY, better="lower", floor=0.02,
            ),
            Layer(
                f"traffic_{kind}_minutes", f"Minutes for {words} at peak", "min", minutes, LEGEND_MINUTES, ENGINE_STEP
            ),
        )  # fmt: skip


def _homes_beside(city: City, streets: Streets, table: Coefficients) -> _Homes:
    buildings = list(city.all(Building))
    living = people_of(city, buildings).count
    homes = np.flatnonzero(living > 0)
    pieces = np.unique(streets.ways.piece)
    if not len(homes) or not len(pieces):
        return _Homes(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
    tree = shapely.STRtree([streets.network.lines[piece] for piece in pieces])
    home, near = tree.query([buildings[each].geometry for each in homes], "dwithin", table.busy_reach_m)
    return _Homes(living[homes], home.astype(np.int64), pieces[near])


def _busy(streets: Streets, homes: _Homes, days: _Days) -> Measure:
    """Residents whose building stands near a street with more vehicles than a light street has."""
    flow = _both_ways(streets, days.usual.flow)
    more = flow * MORE if days.busier is None else _both_ways(streets, days.busier.flow)
    table, piece = days.table, homes.piece
    elasticity = np.clip(np.log(np.maximum(more[piece], 1.0) / np.maximum(flow[piece], 1.0)) / np.log(MORE), 0.0, 3.0)
    factors = np.append(_demand_draws(table), 1.0)
    busy = np.zeros((len(homes.people), len(factors)), np.bool_)
    np.logical_or.at(busy, homes.home, flow[piece, None] * factors ** elasticity[:, None] > table.busy_per_day)
    counts = homes.people @ busy
    return Measure(
        id="busy_residents",
        label=f"Residents beside streets with over {table.busy_per_day:,.0f} vehicles a day",
        unit="people",
        value=float(counts[-1]),
        draws=counts[:-1],
        better="lower",
    )


def _notes(trips: Demand, base: Frontage, corrections: Corrections | None) -> tuple[str, ...]:
    through = trips.volume[trips.through].sum()
    whole = trips.volume.sum()
    share = 100.0 * through / whole if whole > 0 else 0.0
    return (
        f"{whole:,.0f} car trips a day, {share:.0f} % of them through the area; {len(base.gates.points)} streets lead "
        f"out of it. "
        + ("No counts were at hand, so all of this is estimated." if corrections is None else corrections.told),
    )
