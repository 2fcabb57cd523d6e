"""From the rows of a layer to what models feed on: people, plan, parcels, counts, background air."""

import re
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from citiverse.city.background import POLLUTANTS, Background, Pollutant
from citiverse.city.counts import Counted, TrafficCount
from citiverse.city.facts import Facts
from citiverse.city.people import AgeGroup, Population
from citiverse.city.plan import Parcel, Zone, ZoneUse
from citiverse.gis.air import pollutant_in, spread
from citiverse.gis.osm.rings import valid
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import Site
from citiverse.gis.vector import words
from citiverse.gis.vector.names import plain
from citiverse.gis.vector.roles import Role
from citiverse.gis.vector.table import number_of
from citiverse.gis.vector.things import Rows

TALLEST_M, MOST_LEVELS, MOST_FLOOR_RATIO = 1000.0, 200.0, 40.0
MOST_PER_DAY = 1_000_000.0
_YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?!\d)")
_AGE = re.compile(
    r"(?:age|ika|alter|ikae|ans|years|a)_?(\d{1,2})(?:_(?:to_)?|to|bis|-)?(\d{1,3}|plus|\+|_?und_mehr|yli|over)?$"
)
_LIMIT = re.compile(r"(?:max\.?|<=?|≤|bis|tot)?\s*(\d+(?:[.,]\d+)?)\s*(?:m|meter|metres|%)?\.?", re.IGNORECASE)
_USES: words.Patterns = (
    (r"mixed|misch|mixte|gemengd|centrum|kerngeb|urban|urbane|\bmi\b|\bmu\b|\bmk\b|zone_u\w?\b|^u[a-e]?\d*$|keskusta",
     "mixed"),
    (r"resid|wohn|woon|habitat|housing|\bw[rasb]?\b|asuin|bostad|dwelling|^w[ars]$|^wb$|^5_?resid", "residential"),
    (r"indust|gewerb|bedrijf|activit|\bg[ei]\b|^g[ei]$|teollis|secondary|primary_prod", "industrial"),
    (r"commerc|retail|office|kantoor|detailhandel|dienstver|einzelhandel|tertiary|horeca|liike|kern", "commercial"),
    (r"public|gemeinbedarf|maatschappelijk|equipement|school|hospital|community|civic|julki", "public"),
    (r"green|grun|gruen|groen|park|natur|recreat|sport|espace_vert|foret|forest|wald|^n[a-z]?\d*$|zone_n|viher|open_sp",
     "green"),
    (r"agric|landwirt|agrar|^a$|zone_a|farm|maa_ja", "agricultural"),
    (r"transport|verkehr|verkeer|road|street|strasse|parking|rail|liikenne", "transport"),
    (r"water|wasser|gewasser|gewaesser|eau\b|vesi", "water"),
    (r"special|sonder|^so$|^su$|^au", "special"),
)  # fmt: skip


def facts_of(rows: Rows, site: Site) -> Facts:
    """What a layer tells; every row is counted. Raises ImportRefused when its columns do not say what is needed."""
    return _READERS[rows.role](rows, site)


def _needs(rows: Rows, *fields: str) -> None:
    if not any(field in rows.columns for field in fields):
        known = ", ".join(rows.table.columns) or "none"
        wanted = " or ".join(fields)
        raise ImportRefused(
            f"{rows.table.file}: no column of {rows.table.layer} says {wanted} (there are: {known[:300]}). "
            f"--column {fields[0]}=NAME, or [source.columns] in the recipe, names it."
        )


def _year(rows: Rows, row: int) -> int | None:
    said = rows.number("year", row)
    if said is not None and 1950 <= said <= 2100:
        return int(said)
    names = f"{rows.table.file} {rows.table.layer} {' '.join(rows.columns.values())}"
    found = _YEAR.search(names.replace("_", " "))
    return int(found[1]) if found else None


def _population(rows: Rows, site: Site) -> Facts:
    _needs(rows, "people")
    kept: list[int] = []
    people: list[float] = []
    ages = _age_columns(rows)
    for row, id in enumerate(rows.ids()):
        shape, count = rows.table.shapes[row], rows.number("people", row)
        if shape is None or shape.is_empty or shapely.get_dimensions(shape) == 1:
            site.tally.skipped("population", id, "it has no area or point that can be read")
        elif not site.box.intersects(shape):
            continue
        elif count is None:
            site.tally.skipped("population", id, "it says no number of people: a secret, or nobody")
        elif count < 0.0:
            site.tally.skipped("population", id, "its number of people is below zero, which grids use for unknown")
        else:
            kept.append(row)
            people.append(count)
            site.tally.built("population")
    if not kept:
        return Facts()
    groups = tuple(
        AgeGroup(low, high, np.array([max(number_of(rows.table.columns[name][row]) or 0.0, 0.0) for row in kept]))
        for low, high, name in ages
    )
    places = np.array([_whole(rows.table.shapes[row]) for row in kept], dtype=object)
    found = Population(places, np.array(people), site.source, groups, _year(rows, kept[0]))
    return Facts(population=found)


def _whole(shape: BaseGeometry) -> BaseGeometry:
    """An area made valid; a point of several as their middle."""
    if shapely.get_dimensions(shape) == 2:
        return valid(shape).area or shapely.centroid(shape)
    return shape if shape.geom_type == "Point" else shapely.centroid(shape)


def _age_columns(rows: Rows) -> list[tuple[int, int | None, str]]:
    """Columns with people of an age, as (from, to, column): IKA0_9, age_65_plus."""
    found: list[tuple[int, int | None, str]] = []
    for name in rows.table.columns:
        match = _AGE.fullmatch(plain(name))
        if match and name not in rows.columns.values():
            high = match[2] or ""
            if high.isdecimal() and int(high) >= int(match[1]):
                found.append((int(match[1]), int(high), name))
            elif high:
                found.append((int(match[1]), None, name))
    return sorted(found, key=lambda each: each[0])


def _zones(rows: Rows, site: Site) -> Facts:
    found: list[Zone] = []
    for row, id in enumerate(rows.ids()):
        area = _polygon(rows, row, id, site)
        if area is None:
            continue
        said = rows.text("use", row)
        wrong: list[str] = []
        zone = Zone(
            id=id,
            geometry=area,
            use=cast("ZoneUse", words.matched(said, _USES)),
            said=said,
            name=rows.text("name", row),
            max_height_m=_rule(rows, row, "max_height", TALLEST_M, wrong),
            max_levels=_rule(rows, row, "max_levels", MOST_LEVELS, wrong),
            max_coverage=_share(rows, row, "max_coverage", wrong),
            max_floor_ratio=_rule(rows, row, "max_floor_ratio", MOST_FLOOR_RATIO, wrong),
            min_green_share=_share(rows, row, "min_green_share", wrong),
            source=site.source,
        )
        if wrong:
            site.tally.repaired("zone", id, f"its {' and '.join(wrong)} can't be, and is taken as not set")
        else:
            site.tally.built("zone")
        found.append(zone)
    return Facts(zones=tuple(found))


def _rule(rows: Rows, row: int, field: str, most: float, wrong: list[str]) -> float | None:
    """A limit above zero; 0 is how tables say that there is none."""
    text = rows.text(field, row)
    value = _first_number(rows, row, field)
    if value is None or value == 0.0:
        if text and value is None and any(each.isdigit() for each in text):
            wrong.append(field.removeprefix("max_").removeprefix("min_").replace("_", " "))
        return None
    if 0.0 < value <= most:
        return value
    wrong.append(field.removeprefix("max_").removeprefix("min_").replace("_", " "))
    return None


def _first_number(rows: Rows, row: int, field: str) -> float | None:
    """A number, or the one in a text such as "max. 12,5 m" or "III" (storeys)."""
    value = rows.number(field, row)
    if value is not None:
        return value
    text = rows.text(field, row)
    if field == "max_levels" and text.upper() in _ROMAN:
        return _ROMAN[text.upper()]
    match = re.fullmatch(
        r"(?:max\.?|<=?|≤|bis|tot)?\s*(\d+(?:[.,]\d+)?)\s*(?:m|meter|metres|%)?\.?", text.strip(), re.IGNORECASE
    )
    return float(match[1].replace(",", ".")) if match else None


_ROMAN = {
    "I": 1.0,
    "II": 2.0,
    "III": 3.0,
    "IV": 4.0,
    "V": 5.0,
    "VI": 6.0,
    "VII": 7.0,
    "VIII": 8.0,
    "IX": 9.0,
    "X": 10.0,
}


def _share(rows: Rows, row: int, field: str, wrong: list[str]) -> float | None:
    """A share from 0 to 1; more than 1 is percent."""
    value = _rule(rows, row, field, 100.0, wrong)
    if value is None:
        return None
    return value / 100.0 if value > 1.0 or "%" in rows.text(field, row) else value


def _parcels(rows: Rows, site: Site) -> Facts:
    found: list[Parcel] = []
    for row, id in enumerate(rows.ids()):
        area = _polygon(rows, row, id, site)
        if area is None:
            continue
        said = rows.text("public", row)
        site.tally.built("parcel")
        found.append(
            Parcel(
                id=id,
                geometry=area,
                number=rows.text("number", row),
                use=rows.text("use", row),
                public=words.yes(said) if said else None,
                source=site.source,
            )
        )
    return Facts(parcels=tuple(found))


def _polygon(rows: Rows, row: int, id: str, site: Site) -> Polygon | MultiPolygon | None:
    kind = {"zones": "zone", "parcels": "parcel"}[rows.role]
    shape = rows.table.shapes[row]
    if shape is None or shape.is_empty or shapely.get_dimensions(shape) != 2:
        site.tally.skipped(kind, id, "it has no area that can be read")
        return None
    if not site.box.intersects(shape):
        return None
    found = valid(shape)
    if found.area is None:
        site.tally.skipped(kind, id, found.reason)
    return found.area


def _counts(rows: Rows, site: Site) -> Facts:
    _needs(rows, "motor", "bicycle", "foot")
    found: list[TrafficCount] = []
    for row, id in enumerate(rows.ids()):
        shape = rows.table.shapes[row]
        if shape is None or shape.is_empty:
            site.tally.skipped("count", id, "it has no place that can be read")
            continue
        place = shapely.line_interpolate_point(shape, 0.5, normalized=True) if shape.geom_type == "LineString" else None
        place = place or shapely.centroid(shape)
        if not site.box.intersects(place):
            continue
        counted = [(each, rows.number(each, row)) for each in ("motor", "bicycle", "foot")]
        good = [(each, n) for each, n in counted if n is not None and 0.0 <= n <= MOST_PER_DAY]
        if not good:
            site.tally.skipped("count", id, "it says no number of passages a day")
            continue
        site.tally.built("count")
        for of, per_day in good:
            found.append(
                TrafficCount(
                    id=id if of == good[0][0] else f"{id}.{of}",
                    x_m=round(float(place.x), 3),
                    y_m=round(float(place.y), 3),
                    of=cast("Counted", of),
                    per_day=per_day,
                    truck_share=_truck_share(rows, row, per_day) if of == "motor" else None,
                    heading_deg=rows.number("heading", row),
                    road=rows.text("road", row),
                    year=_year(rows, row),
                    source=site.source,
                )
            )
    return Facts(counts=tuple(found))


def _truck_share(rows: Rows, row: int, per_day: float) -> float | None:
    share = rows.number("truck_share", row)
    if share is not None:
        name = plain(rows.columns["truck_share"])
        percent = share > 1.0 or any(word in name for word in ("percent", "pct", "proz", "pc_"))
        share = share / 100.0 if percent else share
        return share if 0.0 <= share <= 1.0 else None
    trucks = rows.number("trucks", row)
    return trucks / per_day if trucks is not None and per_day > 0.0 and 0.0 <= trucks <= per_day else None


def _background(rows: Rows, site: Site) -> Facts:
    named = [each for each in POLLUTANTS if each in rows.columns]
    values: dict[Pollutant, list[tuple[float, float, float]]] = {}
    year = None
    for row, id in enumerate(rows.ids()):
        shape = rows.table.shapes[row]
        if shape is None or shape.is_empty:
            site.tally.skipped("background", id, "it has no place that can be read")
            continue
        place = shapely.centroid(shape)
        told = {each: rows.number(each, row) for each in named}
        if not named:
            which = pollutant_in(rows.text("pollutant", row) or f"{rows.table.layer} {rows.table.file}")
            told = {which: rows.number("value", row)} if which is not None else {}
        good = {each: level for each, level in told.items() if level is not None and 0.0 <= level < 2000.0}
        if not good:
            site.tally.skipped("background", id, "it says no annual mean of a known pollutant")
            continue
        year = year or _year(rows, row)
        site.tally.built("background")
        for each, level in good.items():
            values.setdefault(each, []).append((float(place.x), float(place.y), level))
    if not values:
        _needs(rows, "no2", "pm25", "pm10", "o3", "value")
    return Facts(
        background=tuple(
            Background(each, spread(np.array(points), site.bounds), site.source, year)
            for each, points in values.items()
        )
    )


_READERS: Mapping[Role, Callable[[Rows, Site], Facts]] = {
    "population": _population, "zones": _zones, "parcels": _parcels, "counts": _counts, "background": _background,
}  # fmt: skip
