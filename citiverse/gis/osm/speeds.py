"""Speed limits, as tagged or as the law of the country has them."""

from collections.abc import Mapping
from functools import lru_cache

from citiverse.gis.osm.elements import Tags
from citiverse.gis.osm.tags import MILE_KM, first, number

WALKING_KMH = 7.0  # "walking pace" of living streets: what courts in Germany and Austria accept
KNOT_KMH = 1.852
NO_LIMIT_KMH = 130.0  # recommended where there is none (Germany, Autobahn-Richtgeschwindigkeits-Verordnung)
URBAN, RURAL, TRUNK, MOTORWAY, LIVING = "urban", "rural", "trunk", "motorway", "living_street"

# Legal limits for cars in km/h where no sign says otherwise: OpenStreetMap wiki, "Default speed limits", and the
# European Commission's "Speed limits by country" (Mobility & Transport, Road Safety). The empty code stands for
# countries that are not listed: the limits of the Vienna Convention area that most of them share.
_LEGAL: Mapping[str, Mapping[str, float]] = {
    "": {URBAN: 50, RURAL: 90, TRUNK: 100, MOTORWAY: 130, LIVING: 20},
    "AT": {URBAN: 50, RURAL: 100, TRUNK: 100, MOTORWAY: 130, LIVING: WALKING_KMH},
    "BE": {URBAN: 50, RURAL: 70, TRUNK: 120, MOTORWAY: 120, LIVING: 20},
    "BG": {URBAN: 50, RURAL: 90, TRUNK: 120, MOTORWAY: 140, LIVING: 20},
    "CH": {URBAN: 50, RURAL: 80, TRUNK: 100, MOTORWAY: 120, LIVING: 20},
    "CY": {URBAN: 50, RURAL: 80, TRUNK: 80, MOTORWAY: 100, LIVING: 20},
    "CZ": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: 20},
    "DE": {URBAN: 50, RURAL: 100, TRUNK: 100, MOTORWAY: NO_LIMIT_KMH, LIVING: WALKING_KMH},
    "DK": {URBAN: 50, RURAL: 80, TRUNK: 80, MOTORWAY: 130, LIVING: 15},
    "EE": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 110, LIVING: 20},
    "ES": {URBAN: 50, RURAL: 90, TRUNK: 90, MOTORWAY: 120, LIVING: 20},
    "FI": {URBAN: 50, RURAL: 80, TRUNK: 100, MOTORWAY: 120, LIVING: 20},
    "FR": {URBAN: 50, RURAL: 80, TRUNK: 110, MOTORWAY: 130, LIVING: 20},
    "GB": {URBAN: 30 * MILE_KM, RURAL: 60 * MILE_KM, TRUNK: 70 * MILE_KM, MOTORWAY: 70 * MILE_KM, LIVING: 20 * MILE_KM},
    "GR": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: 20},
    "HR": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: WALKING_KMH},
    "HU": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: 20},
    "IE": {URBAN: 50, RURAL: 80, TRUNK: 100, MOTORWAY: 120, LIVING: 20},
    "IT": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: 20},
    "LT": {URBAN: 50, RURAL: 90, TRUNK: 120, MOTORWAY: 130, LIVING: 20},
    "LU": {URBAN: 50, RURAL: 90, TRUNK: 90, MOTORWAY: 130, LIVING: 20},
    "LV": {URBAN: 50, RURAL: 90, TRUNK: 100, MOTORWAY: 100, LIVING: 20},
    "MC": {URBAN: 50, RURAL: 50, TRUNK: 50, MOTORWAY: 50, LIVING: 20},
    "NL": {URBAN: 50, RURAL: 80, TRUNK: 100, MOTORWAY: 100, LIVING: 15},
    "NO": {URBAN: 50, RURAL: 80, TRUNK: 80, MOTORWAY: 110, LIVING: 15},
    "PL": {URBAN: 50, RURAL: 90, TRUNK: 120, MOTORWAY: 140, LIVING: 20},
    "PT": {URBAN: 50, RURAL: 90, TRUNK: 100, MOTORWAY: 120, LIVING: 20},
    "RO": {URBAN: 50, RURAL: 90, TRUNK: 100, MOTORWAY: 130, LIVING: 20},
    "SE": {URBAN: 50, RURAL: 70, TRUNK: 70, MOTORWAY: 110, LIVING: WALKING_KMH},
    "SI": {URBAN: 50, RURAL: 90, TRUNK: 110, MOTORWAY: 130, LIVING: 10},
    "SK": {URBAN: 50, RURAL: 90, TRUNK: 90, MOTORWAY: 130, LIVING: 20},
}
_ZONES = {"urban": URBAN, "rural": RURAL, "trunk": TRUNK, "motorway": MOTORWAY, "living_street": LIVING,
          "nsl_single": RURAL, "nsl_dual": TRUNK, "nsl_restricted": URBAN, "national": RURAL}  # fmt: skip
_WORDS = {"walk": WALKING_KMH, "none": NO_LIMIT_KMH, "unlimited": NO_LIMIT_KMH, "foot": WALKING_KMH}

# Usual speed of what is no street, and of service roads: nobody drives faster there than they can see.
_BY_CLASS = {"service": 20.0, "track": 20.0, "pedestrian": WALKING_KMH, "cycleway": 20.0, "path": 15.0,
             "footway": 5.0, "steps": 3.0, "corridor": 5.0, "bridleway": 10.0}  # fmt: skip
MIN_KMH, MAX_KMH = 3.0, 160.0
_KEYS = ("maxspeed", "maxspeed:forward", "maxspeed:backward", "zone:maxspeed", "maxspeed:type", "source:maxspeed",
         "zone:traffic")  # fmt: skip


def legal_kmh(country: str, zone: str) -> float:
    """The limit of a zone ("urban", "rural", "motorway", "living_street") in a country."""
    return _LEGAL.get(country.upper(), _LEGAL[""])[zone]


@lru_cache(maxsize=4096)
def tagged_kmh(value: str, country: str) -> float | None:
    """The limit of a maxspeed value ("50", "30 mph", "FI:urban", "DE:zone:30", "walk"); None where unreadable."""
    text = first(value)
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for unit, factor in (("km/h", 1.0), ("kmh", 1.0), ("kph", 1.0), ("mph", MILE_KM), ("knots", KNOT_KMH)):
        if text.lower().endswith(unit):
            found = number(text[: -len(unit)].strip())
            return None if found is None else _sane(found * factor)
    plain = number(text)
    if plain is not None:
        return _sane(plain)
    where, _, zone = text.partition(":")
    if not zone and where.lower() in _ZONES:
        return legal_kmh(country, _ZONES[where.lower()])
    if zone.lower() in _ZONES:
        return legal_kmh(where[:2], _ZONES[zone.lower()])
    named = number(zone.lower().removeprefix("zone").lstrip(":"))  # DE:zone:30, FR:zone30, NL:zone30, BE:30
    return None if named is None else _sane(named)


def speed_kmh(tags: Tags, country: str) -> tuple[float, bool]:
    """The speed limit of a road, and whether it had to be guessed from its class."""
    for key in _KEYS:
        if key in tags:
            limit = tagged_kmh(tags[key], country)
            if limit is not None:
                return limit, False
    category = tags.get("highway", "")
    if category in _BY_CLASS:
        return _BY_CLASS[category], True
    if category.startswith("motorway"):
        return legal_kmh(country, MOTORWAY) if category == "motorway" else 60.0, True
    return legal_kmh(country, LIVING if category == "living_street" else URBAN), True


def _sane(kmh: float) -> float | None:
    return kmh if MIN_KMH <= kmh <= MAX_KMH else None
