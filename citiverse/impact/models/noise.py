"""Noise of road traffic and trams at facades and outdoors (CNOSSOS-EU)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely import LineString

from citiverse.city.change import Bounds
from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Rail
from citiverse.geometry.grid import Grid
from citiverse.impact.card import about
from citiverse.impact.model import About, AtHome, Cancelled, Impact, Layer, Previous, Superseded
from citiverse.impact.noise.emission import coefficients
from citiverse.impact.noise.exposure import Exposure, exposure, facade_levels, level_grid, measures
from citiverse.impact.noise.operator import Operator, apply, build, pieces_of
from citiverse.impact.noise.power import ROAD_CLASSES, assumptions, street_power, track_power
from citiverse.impact.noise.propagation import REFLECTED_REACH_M, REFLECTOR_REACH_M, air_absorption
from citiverse.impact.noise.rail import rail_table
from citiverse.impact.noise.site import Surroundings, ground_factors, moved_walls, repainted, surroundings
from citiverse.impact.noise.tracks import Tracks, tracks_of
from citiverse.impact.receivers import FARTHEST_M, Receivers, Spacing, receivers_of, spacing_of
from citiverse.impact.residents import people_of
from citiverse.impact.streets import PERIODS, in_tunnels, missing_streets, street_traffic

# B. Weninger, "A color scheme for the presentation of sound immission in maps" (2015).
LEGEND = (
    (35.0, "#b8d6d1"), (40.0, "#cee4cc"), (45.0, "#e2f2bf"), (50.0, "#f3c683"), (55.0, "#e87e4d"), (60.0, "#cd463e"),
    (65.0, "#a11a4d"), (70.0, "#75085c"), (75.0, "#430a4a"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class NoiseField:
    """What a run leaves behind: the ways of sound from roads and from tracks, and levels for models that need them."""

    spacing: Spacing
    around: Surroundings
    receivers: Receivers
    operator: Operator
    tracks: Tracks
    from_tracks: Operator
    found: Exposure


@dataclass(frozen=True, slots=True)
class Noise:
    """Lden and Lnight of road traffic and trams."""

    name: str = "noise"
    title: str = "Noise of roads and trams"
    needs: tuple[str, ...] = ("traffic",)

    @property
    def version(self) -> str:
        """Version of coefficients and assumptions."""
        return f"CNOSSOS-EU {coefficients().version}, {assumptions()['version']}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of method and coefficients."""
        return (
            "Directive 2002/49/EC, Annex II, 2.1 to 2.3, 2.5 and 2.8, as amended by Delegated Directive (EU) 2021/1226",
            coefficients().source,
            rail_table()["source"],
            "ISO/TR 17534-4:2020 for the interpretation of 2.5",
            "ISO 9613-1:1993 for absorption by air",
            "European Commission Working Group AEN, Good Practice Guide, version 2 (2007), toolkit 17, for the weather",
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model does not know."""
        return (
            "Only roads and trams count: no trains, aircraft, industry or people.",
            "Of trams only the rolling counts, on tracks like a railway's with concrete sleepers and rails in average "
            "order: no squeal in curves, points, motors or bells. Without a timetable all tracks have as many trams.",
            f"Sound counts that walls within {REFLECTOR_REACH_M:.0f} m of a facade throw back once, from roads up to "
            f"{REFLECTED_REACH_M:.0f} m away and with nothing between; what is thrown back more often is left out, so "
            "narrow streets are about 1 dB louder than shown.",
            f"Roads further away than {FARTHEST_M:.0f} m, in a large city less, are left out.",
            "Sound goes over buildings and massive walls, not around their corners, which the directive leaves to "
            "industrial sources (2.5.6): behind the end of a wall it is rather louder. Hedges and trees don't stop it.",
            "Surfaces are those of the map, or asphalt; studded tyres and acceleration at lights are left out.",
            "Bridges sound from ground level; tunnels are silent.",
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
        """Levels in front of all facades and on a grid, and the people who live with them."""
        traffic = street_traffic(city, needs, "there is no road noise to tell")
        before = previous.impact.output if previous is not None else None
        old: NoiseField | None = None
        if previous is not None and isinstance(before, NoiseField):
            old = before
            (spacing, around, receivers), dirty = _moved(city, before, previous)
        else:
            (spacing, around, receivers), dirty = _anew(city), []
        if cancelled():
            raise Superseded
        if old is not None and previous is not None and Rail.kind not in previous.change.kinds:
            tracks = old.tracks
        else:
            tracks = tracks_of(city, assumptions()["trams"])
        air = air_absorption(city.defaults.temperature_c, assumptions()["weather"]["humidity_percent"])

        def ways(lines: Sequence[LineString], before: Operator | None, *, track: bool) -> Operator:
            return build(
                receivers, pieces_of(lines, city.terrain), around, air,
                reach_m=spacing.reach_m, kept=1.0 - assumptions()["facades"]["absorption"], track=track,
                cancelled=cancelled, old=before, dirty=dirty,
            )  # fmt: skip

        roads = ways(traffic.lines, old.operator if old is not None else None, track=False)
        rails = ways([rail.geometry for rail in tracks.rails], old.from_tracks if old is not None else None, track=True)
        of_roads = apply(roads, street_power(traffic, city.defaults.temperature_c, in_tunnels(city, traffic)))
        of_trams = apply(rails, track_power(tracks))
        energy = np.concatenate([of_roads[:, :, : ROAD_CLASSES * len(PERIODS)], of_trams[:, :, : len(PERIODS)]], axis=2)
        found = exposure(energy, receivers, people_of(city, around.buildings).count)
        return Impact(
            model=self.name,
            version=self.version,
            quality="full",
            measures=measures(found),
            layers=_layers(found, around),
            output=NoiseField(spacing, around, receivers, roads, tracks, rails, found),
            notes=(
                f"Listened to at {receivers.facades} points in front of facades, about {spacing.facade_m:.0f} m apart, "
                f"and on a grid of {spacing.grid_m:.0f} m, all 4 m above the ground, "
                f"to streets up to {spacing.reach_m:.0f} m away.",
                *_of_trams(tracks),
            ),
        )


_Place = tuple[Spacing, Surroundings, Receivers]


def _anew(city: City) -> _Place:
    spacing = spacing_of(city)
    around = surroundings(city, ground_factors(city))
    return spacing, around, receivers_of(city, around.footprints, spacing)


def _moved(city: City, before: NoiseField, previous: Previous) -> tuple[_Place, list[Bounds]]:
    """What stands around after a change, and where it differs from before."""
    change = previous.change
    ground, dirty = repainted(before.around.ground, city, change)
    if change.kinds.isdisjoint({Building.kind, Barrier.kind}):
        around = before.around if ground is before.around.ground else _with_ground(before.around, ground)
        return (before.spacing, around, before.receivers), dirty
    around = surroundings(city, ground)
    receivers = receivers_of(city, around.footprints, before.spacing)
    return (before.spacing, around, receivers), dirty + moved_walls(change)


def _of_trams(tracks: Tracks) -> tuple[str, ...]:
    """Where the number of trams is from, in a city that has any."""
    if not tracks.rails:
        return ()
    if tracks.timed:
        return ("Trams run as the timetable says.",)
    usual = assumptions()["trams"]
    day, evening, night = (f"{usual[period]:.0f}" for period in PERIODS)
    return (f"Each track of trams is taken to have {day} an hour by day, {evening} in the evening, {night} at night.",)


def _with_ground(around: Surroundings, ground: Grid) -> Surroundings:
    values = np.ascontiguousarray(ground.values, dtype=np.float64)
    return replace(around, site=around.site._replace(ground=values), ground=ground)


def _layers(found: Exposure, around: Surroundings) -> tuple[Layer, ...]:
    return (
        Layer(
            "noise_facades",
            "Noise in front of facades",
            "dB Lden",
            facade_levels(found, around.buildings),
            LEGEND,
            AtHome("lower", 1.0),
        ),
        Layer("noise_outdoors", "Noise outdoors", "dB Lden", level_grid(found), LEGEND),
    )
