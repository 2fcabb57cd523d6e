"""What data would make a city better: a sentence for whoever looks after it, the weightiest first."""

from collections.abc import Mapping

from citiverse.city.city import City
from citiverse.city.feature import Building, Road, Tree

MOSTLY = 0.5  # a share of guesses from which better data are worth looking for


def advice_on(city: City, attributes: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Sentences on what is guessed or missing, and which data would say it; `attributes` is from the report."""
    facts = city.facts
    found = [
        _guessed(
            attributes, "building.height", "{share:.0%} of the buildings have guessed heights: LiDAR, CityGML, "
            "CityJSON or a layer with a height column tells them; noise, shade and views follow from them.",
        ),
        _guessed(
            attributes, "building.use", "{share:.0%} of the buildings have a guessed use: a layer of the cadastre with "
            "their functions tells who lives and works where.",
        ),
    ]  # fmt: skip
    if facts.population is None:
        found.append(
            "Nobody has counted the people: a population grid (GeoPackage, GeoJSON, CSV, GeoTIFF) tells how many live "
            "where; without it they are guessed from the floors of homes."
        )
    if not facts.counts:
        found.append(
            "Traffic is modelled, not counted: counts of vehicles a day (CSV, GeoJSON) show how far it is right."
        )
    if facts.timetable is None:
        found.append("There is no timetable: GTFS tells where buses and trains go, and how often.")
    if not facts.background:
        found.append(
            "The background of the air is a usual one: a grid or stations of NO2 and PM2.5 (GeoTIFF, asc, CSV) tell it."
        )
    if facts.weather is None:
        found.append("There is no weather: an EnergyPlus file (.epw) of the next station tells a typical year.")
    if city.terrain.flat:
        found.append("The ground is flat: a height model (GeoTIFF, .hgt, .asc) or LiDAR tells its hills.")
    if not facts.zones:
        found.append("There is no plan: zones with their rules (GeoJSON, GeoPackage) tell what may be built where.")
    if not any(True for _ in city.all(Tree)) and any(True for _ in city.all(Building)):
        found.append("There is not one tree: a layer of the city's trees tells shade and air.")
    if not any("car" in road.modes for road in city.all(Road)):
        found.append(
            "There are no streets: OpenStreetMap or a road layer tells them; traffic, noise and air need them."
        )
    return [sentence for sentence in found if sentence]


def _guessed(attributes: Mapping[str, Mapping[str, int]], name: str, sentence: str) -> str:
    counts = attributes.get(name, {})
    total = sum(counts.values())
    share = counts.get("estimated", 0) / total if total else 0.0
    return sentence.format(share=share) if share >= MOSTLY else ""
