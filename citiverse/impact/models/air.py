"""Air at facades and outdoors: annual means of NO2 and particles beside streets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array

from citiverse.city.city import City
from citiverse.city.feature import Building, Tree
from citiverse.impact.air.canyon import Heights, chunks_of, heights_of, shares_of_types, tree_factors
from citiverse.impact.air.coefficients import EMITTED, factors, tables
from citiverse.impact.air.emission import KINDS, emissions
from citiverse.impact.air.exposure import Behind, Exposure, behind_of, exposure, measures, outdoors, worst_facades
from citiverse.impact.air.operator import build
from citiverse.impact.card import about
from citiverse.impact.model import About, AtHome, Cancelled, Impact, Layer, Previous, Superseded
from citiverse.impact.receivers import Receivers, Spacing, receivers_of, spacing_of
from citiverse.impact.residents import people_of
from citiverse.impact.streets import StreetTraffic, in_tunnels, missing_streets, street_traffic

# Bands around the guideline of WHO (10), the limit of the EU from 2030 (20) and the one before (40).
LEGEND_NO2 = (
    (5.0, "#2c7bb6"), (10.0, "#7fbfd8"), (15.0, "#c7e5c8"), (20.0, "#ffffbf"), (25.0, "#fdc980"), (30.0, "#f28a4b"),
    (40.0, "#d7191c"),
)  # fmt: skip
LEGEND_PM25 = (
    (3.0, "#2c7bb6"), (5.0, "#7fbfd8"), (7.5, "#c7e5c8"), (10.0, "#ffffbf"), (12.5, "#fdc980"), (15.0, "#f28a4b"),
    (25.0, "#d7191c"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class AirField:
    """What a run leaves behind: the operator for the next run, and concentrations for models that need them."""

    spacing: Spacing
    heights: Heights
    receivers: Receivers
    streets: bytes
    operator: csr_array
    found: Exposure


@dataclass(frozen=True, slots=True)
class Air:
    """NO2, PM2.5 and PM10 from road traffic over a background."""

    name: str = "air"
    title: str = "Air"
    needs: tuple[str, ...] = ("traffic",)

    @property
    def version(self) -> str:
        """Version of method and coefficients."""
        table = tables()
        return f"SRM-1 {table['method']['version']}, {table['exhaust']['version']}, {table['places']['version']}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""
        method, exhaust, places = (tables()[key] for key in ("method", "exhaust", "places"))
        return (
            method["street"]["source"],
            method["street"]["trees"]["source"],
            method["far"]["source"],
            exhaust["source"],
            exhaust["particles_without_curve"]["source"],
            exhaust["wear"]["source"],
            places["fleet"]["source"],
            places["primary_no2"]["source"],
            places["background"]["source"],
            method["limits"]["source"],
            method["doubt"]["source"],
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model does not know."""
        return (
            "The air over the roofs is guessed for the country; only what streets add depends on the city.",
            "It tells annual means, not hours or days, with every wind blowing as often as every other.",
            "Cold starts, trams, ships, heating, building sites and dust blown up again are left out, so streets add "
            "rather more than shown.",
            "What streets add is told up to 60 m from them, 30 m in narrow or one-sided streets, not behind buildings; "
            "of open roads up to 250 m over the roofs, a Gaussian line source joined to SRM-1 where that ends.",
            "Gradients, signals and idling count only through the mean speed; speeds below 10 km/h count as 10.",
            "Cars older than Euro 3 count as Euro 3; hybrids as petrol cars, and Euro 7 is not known.",
            "Slip roads in the open are taken for streets; noise barriers and embankments don't count; tunnels are "
            "left out, and so is what leaves their mouths.",
            "Residents are estimated from homes or floor area where they have not been counted.",
        )

    @property
    def about(self) -> About:
        """What it takes and finds, where it holds and how it was tested."""
        return about(self.name)

    def missing(self, city: City) -> tuple[str, ...]:
        """What the city lacks for the model."""
        return missing_streets(city)

    def run(self, city: City, needs: Mapping[str, Impact], previous: Previous | None, cancelled: Cancelled) -> Impact:
        """Annual means at all facades and outdoors. The same with and without `previous`."""
        traffic = street_traffic(city, needs, "there is nothing to tell of its air")
        before = previous.impact.output if previous is not None else None
        old = before if isinstance(before, AirField) else None
        heights, receivers, spacing = _places(city, old, previous)
        if cancelled():
            raise Superseded
        streets = _key(traffic)
        same = old is not None and old.receivers is receivers and old.streets == streets
        if old is not None and same and previous is not None and Tree.kind not in previous.change.kinds:
            operator = old.operator
        else:
            chunks = chunks_of(traffic.lines)
            operator = build(
                receivers.points, chunks, shares_of_types(chunks, heights), tree_factors(chunks, city), heights,
                len(traffic.lines), cancelled,
            )  # fmt: skip
        emitted = emissions(traffic, factors(city.defaults))
        emitted[in_tunnels(city, traffic)] = 0.0
        added = (operator @ emitted.reshape(len(emitted), -1)).reshape(-1, len(KINDS), len(EMITTED))
        around = behind_of(city, receivers.points)
        found = exposure(added, receivers, people_of(city, heights.buildings).count, around)
        return Impact(
            model=self.name,
            version=self.version,
            quality="full",
            measures=measures(found),
            layers=_layers(found, heights),
            output=AirField(spacing, heights, receivers, streets, operator, found),
            notes=(
                _over_the_roofs(around),
                _kerbside(found),
            ),
        )


def _places(city: City, old: AirField | None, previous: Previous | None) -> tuple[Heights, Receivers, Spacing]:
    if old is not None and previous is not None and Building.kind not in previous.change.kinds:
        return old.heights, old.receivers, old.spacing
    heights = heights_of(city)
    spacing = old.spacing if old is not None else spacing_of(city)
    return heights, receivers_of(city, heights.footprints, spacing), spacing


def _key(traffic: StreetTraffic) -> bytes:
    """What tells the lines of streets apart from others."""
    xy, line = shapely.get_coordinates(np.asarray(traffic.lines, dtype=object), return_index=True)
    return xy.tobytes() + line.tobytes()


def _country(code: str) -> str:
    return "a country of the European Union" if code == "EU" else f"the country {code}"


def _over_the_roofs(around: Behind) -> str:
    """What the air is taken to be without streets, and how one knows."""
    no2, pm25, pm10 = around.mean
    told = (
        f"Over the roofs, on average: {no2:.0f} µg/m³ of NO2, {pm25:.0f} of PM2.5, {pm10:.0f} of PM10 and "
        f"{around.o3.mean() if len(around.o3) else 0.0:.0f} of ozone"
    )
    rest = "guessed for " + _country(around.guessed)
    if around.given:
        return f"{told}: {', '.join(around.given)} from maps of the background, the rest {rest}."
    return f"{told}, {rest}."


def _kerbside(found: Exposure) -> str:
    """How much streets add where they add most."""
    facades = found.receivers.facades
    added = found.at[:facades, 0] - found.around.ug_m3[:facades, 0]
    if not len(added):
        return "There are no facades beside its streets."
    return (
        f"Streets add {np.median(added):.1f} µg/m³ of NO2 at the middle one of {len(added)} places in front of "
        f"facades, and {np.percentile(added, 99):.1f} at one in a hundred."
    )


def _layers(found: Exposure, heights: Heights) -> tuple[Layer, ...]:
    no2 = worst_facades(found, heights.buildings, "no2")
    pm25 = worst_facades(found, heights.buildings, "pm25")
    return (
        Layer(
            "air_no2_facades", "NO2 in front of facades, annual mean", "µg/m³", no2, LEGEND_NO2, AtHome("lower", 0.5)
        ),
        Layer("air_no2_outdoors", "NO2 outdoors, annual mean", "µg/m³", outdoors(found, "no2"), LEGEND_NO2),
        Layer(
            "air_pm25_facades",
            "PM2.5 in front of facades, annual mean",
            "µg/m³",
            pm25,
            LEGEND_PM25,
            AtHome("lower", 0.1),
        ),
    )
