"""What a city and the models hand to models: each quantity with its unit, where it holds and over what time."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from citiverse.city.city import City
from citiverse.city.defaults import Defaults
from citiverse.city.feature import Basis, Building, Feature, Furniture, Road, Tree, basis_of

Space = Literal["city", "building", "street", "facade", "grid", "tree", "ground"]
Time = Literal["now", "year", "day", "periods of a day", "hour", "walk"]
SPACES: tuple[Space, ...] = ("city", "building", "street", "facade", "grid", "tree", "ground")
TIMES: tuple[Time, ...] = ("now", "year", "day", "periods of a day", "hour", "walk")
UNITS = frozenset({
    "", "1", "%", "m", "km", "m2", "m²", "ha", "km2", "km²", "m3", "m³", "s", "min", "h", "km/h", "m/s", "people",
    "vehicles/h", "vehicles/day", "trips/day", "km/day", "h/day", "min/day", "kg", "t", "kg/year", "t/year", "kWh",
    "kWh/year", "MWh/year", "kWh/m2", "W/m2", "dB", "dB Lden", "dB Lnight", "ug/m3", "µg/m³", "°C", "K", "mm", "l/s",
    "per 10,000", "per 10,000 and year", "cases/year", "EUR", "EUR/year", "of 7", "points",
})  # fmt: skip
"""Units that figures may be told in."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity. `name` is "giver.what": the giver is the city's kind of feature or fact, or a model."""

    name: str
    label: str
    unit: str
    space: Space
    time: Time


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("building.height_m", "Height of buildings", "m", "building", "now"),
    Quantity("building.levels", "Floors of buildings", "1", "building", "now"),
    Quantity("building.use", "Use of buildings", "", "building", "now"),
    Quantity("building.people", "Residents of buildings", "people", "building", "year"),
    Quantity("road.lanes", "Lanes and their widths", "m", "street", "now"),
    Quantity("road.speed_kmh", "Speed limits", "km/h", "street", "now"),
    Quantity("road.surface", "Surfaces of streets", "", "street", "now"),
    Quantity("road.modes", "Who may use a street", "", "street", "now"),
    Quantity("furniture.traffic_signals", "Traffic lights", "1", "street", "now"),
    Quantity("turns.banned", "Bans on turning", "1", "street", "now"),
    Quantity("tree.crown_m", "Crowns of trees", "m", "tree", "now"),
    Quantity("terrain.height_m", "Height of the ground", "m", "ground", "now"),
    Quantity("counts.per_day", "Traffic counts", "vehicles/day", "street", "day"),
    Quantity("timetable.departures", "Departures of public transport", "1", "city", "hour"),
    Quantity("background.ug_m3", "Air that comes from elsewhere", "µg/m³", "grid", "year"),
    Quantity("weather.temperature_c", "Temperature of the air", "°C", "city", "hour"),
    Quantity("weather.wind_ms", "Wind", "m/s", "city", "hour"),
    Quantity("defaults.car_share", "Share of trips by car", "1", "city", "year"),
    Quantity("defaults.truck_share", "Share of heavy vehicles", "1", "city", "year"),
    Quantity("defaults.trips_per_person_per_day", "Trips of a resident", "trips/day", "city", "day"),
    Quantity("defaults.residents_per_home", "Residents of a home", "people", "city", "year"),
    Quantity("defaults.floor_area_per_home_m2", "Floor of a home", "m²", "city", "year"),
    Quantity("defaults.temperature_c", "Yearly mean of the air's temperature", "°C", "city", "year"),
    Quantity("defaults.fleet_year", "Year of the fleet", "", "city", "year"),
    Quantity("defaults.country", "Country", "", "city", "year"),
    Quantity("traffic.light_per_h", "Cars and vans", "vehicles/h", "street", "periods of a day"),
    Quantity("traffic.heavy_per_h", "Trucks and buses", "vehicles/h", "street", "periods of a day"),
    Quantity("traffic.light_kmh", "Speed of cars", "km/h", "street", "periods of a day"),
    Quantity("traffic.heavy_kmh", "Speed of trucks", "km/h", "street", "periods of a day"),
    Quantity("noise.lden", "Noise by day, evening and night", "dB Lden", "facade", "year"),
    Quantity("noise.lnight", "Noise at night", "dB Lnight", "facade", "year"),
    Quantity("air.no2", "Nitrogen dioxide", "µg/m³", "facade", "year"),
    Quantity("air.pm25", "Fine dust", "µg/m³", "facade", "year"),
    Quantity("air.pm10", "Dust", "µg/m³", "facade", "year"),
    Quantity("access.minutes", "Minutes to places of daily life", "min", "building", "walk"),
)
_BY_NAME = {each.name: each for each in QUANTITIES}
_ATTRIBUTE = {"people": "homes"}  # what a feature says of a quantity that is worked out from it


def quantity(name: str) -> Quantity:
    """The quantity of this name. Raises LookupError with a sentence."""
    if name not in _BY_NAME:
        raise LookupError(f"nothing here is called {name}; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


@dataclass(frozen=True, slots=True)
class Known:
    """How a city knows a quantity: of how many features it was measured, tagged or estimated, else in words."""

    basis: Literal["measured", "given", "default", "estimated", "modelled", "absent", "mixed"]
    features: dict[Basis, int]


def known(city: City, name: str) -> Known:
    """How `city` knows the quantity of this name. Raises LookupError."""
    giver, _, what = quantity(name).name.partition(".")
    facts = city.facts
    match giver:
        case "building" if what == "people" and facts.population is not None:
            return Known("measured", {})
        case "building":
            return _features(city.all(Building), _ATTRIBUTE.get(what, what))
        case "road":
            return _features(city.all(Road), what)
        case "tree":
            return _features(city.all(Tree), what)
        case "furniture":
            return _features((each for each in city.all(Furniture) if each.category == what), "category")
        case "terrain":
            return Known("absent" if city.terrain.flat else "measured", {})
        case "defaults":
            return Known("default" if what in _untouched(city.defaults) else "given", {})
        case "background":
            return Known("measured" if facts.background else "estimated", {})
        case "counts" | "timetable" | "weather" | "turns":
            there = {
                "counts": facts.counts, "timetable": facts.timetable, "weather": facts.weather, "turns": facts.turns,
            }[giver]  # fmt: skip
            return Known("measured" if there else "absent", {})
        case _:
            return Known("modelled", {})


def _untouched(defaults: Defaults) -> frozenset[str]:
    """Assumptions that the scene's recipe has left as they are."""
    usual = Defaults()
    return frozenset(each.name for each in fields(usual) if getattr(usual, each.name) == getattr(defaults, each.name))


def _features(features: Iterable[Feature], attribute: str) -> Known:
    counts: dict[Basis, int] = {"measured": 0, "tagged": 0, "estimated": 0}
    for feature in features:
        unsaid = attribute == "homes" and getattr(feature, attribute) is None
        counts["estimated" if unsaid else basis_of(feature, attribute)] += 1
    total = sum(counts.values())
    if not total:
        return Known("absent", counts)
    if counts["estimated"] == total:
        return Known("estimated", counts)
    return Known("measured" if counts["measured"] == total else "mixed", counts)
