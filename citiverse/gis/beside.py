"""What several files tell beside features, as one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import STRtree

from citiverse.city.background import Background
from citiverse.city.facts import Facts
from citiverse.city.people import AgeGroup, Population
from citiverse.city.timetable import Timetable
from citiverse.gis.report import Tally


def joined(facts: Iterable[Facts], tally: Tally) -> Facts:
    """All of it: people where no earlier file counts them, every timetable, count, zone, parcel and ban on turning.

    Of the weather, and of each pollutant, the first file counts, and the tally names the others.
    """
    all_of_them = [each for each in facts if each]
    if len(all_of_them) == 1:
        return all_of_them[0]
    peoples = [each.population for each in all_of_them if each.population is not None]
    weathers = [each.weather for each in all_of_them if each.weather is not None]
    for other in weathers[1:]:
        tally.note("weather", "skipped", other.source, f"{weathers[0].place} is taken, not {other.place}")
    return Facts(
        population=_people(peoples, tally) if peoples else None,
        timetable=_timetable([each.timetable for each in all_of_them if each.timetable is not None]),
        weather=weathers[0] if weathers else None,
        counts=tuple(count for each in all_of_them for count in each.counts),
        background=_background(all_of_them, tally),
        zones=tuple(zone for each in all_of_them for zone in each.zones),
        parcels=tuple(parcel for each in all_of_them for parcel in each.parcels),
        turns=tuple(turn for each in all_of_them for turn in each.turns),
        routes=tuple(route for each in all_of_them for route in each.routes),
    )


def _people(peoples: Sequence[Population], tally: Tally) -> Population:
    found = peoples[0]
    for other in peoples[1:]:
        middles = shapely.centroid(other.places)
        counted = {*STRtree(middles).query(found.places, predicate="contains")[1].tolist()}
        counted |= {*STRtree(shapely.centroid(found.places)).query(other.places, predicate="contains")[0].tolist()}
        keep = np.array([at not in counted for at in range(len(other.people))])
        if not keep.all():
            tally.note("population", "skipped", other.source, f"{(~keep).sum()} places that {found.source} counts too")
        shared = [
            (mine, other_group)
            for mine in found.ages
            for other_group in other.ages
            if (mine.low, mine.high) == (other_group.low, other_group.high)
        ]
        ages = tuple(
            AgeGroup(mine.low, mine.high, np.concatenate([mine.people, theirs.people[keep]])) for mine, theirs in shared
        )
        found = replace(
            found,
            places=np.concatenate([found.places, other.places[keep]]),
            people=np.concatenate([found.people, other.people[keep]]),
            ages=ages,
        )
    return found


def _timetable(timetables: Sequence[Timetable]) -> Timetable | None:
    if not timetables:
        return None
    stops, courses = list(timetables[0].stops), list(timetables[0].courses)
    for other in timetables[1:]:
        shift = len(stops)
        stops += other.stops
        courses += [replace(each, stops=tuple(stop + shift for stop in each.stops)) for each in other.courses]
    return Timetable(tuple(stops), tuple(courses), timetables[0].day, timetables[0].source)


def _background(facts: Sequence[Facts], tally: Tally) -> tuple[Background, ...]:
    found: dict[str, Background] = {}
    for each in (one for fact in facts for one in fact.background):
        if each.pollutant in found:
            tally.note(
                "background", "skipped", each.source, f"{each.pollutant} is that of {found[each.pollutant].source}"
            )
        else:
            found[each.pollutant] = each
    return tuple(found.values())
