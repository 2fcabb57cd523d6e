"""Roofs where tags say nothing: like those around, by kind, size and age, and never said to be known."""

import shapely

from citiverse.city.feature import Building, BuildingUse, Roof, RoofShape
from citiverse.gis.osm.likely_roofs import usually_pitched, with_likely_roofs

GUESSED = frozenset({"roof", "height_m"})


def house(
    number: int, use: BuildingUse = "apartments", *, levels: float = 4.0, wide_m: float = 12.0, year: int | None = None,
    roof: Roof | None = None, part_of: str = "",
) -> Building:  # fmt: skip
    ground = shapely.affinity.translate(shapely.box(0, 0, 24, wide_m), 30.0 * number, 0.0)
    return Building(
        id=f"osm:w{number}", geometry=ground, height_m=levels * 3.1, levels=levels, use=use, roof=roof or Roof(),
        estimated=GUESSED if roof is None else frozenset(), year=year, part_of=part_of,
    )  # fmt: skip


def street(told: RoofShape, count: int = 6) -> tuple[list[Building], list[RoofShape | None]]:
    """Houses with told roofs, and one without among them."""
    rise = 0.0 if told == "flat" else 3.0
    known = [house(i, roof=Roof(shape=told, height_m=rise)) for i in range(1, count + 1)]
    return [house(0), *known], [None, *[told] * count]


def test_a_house_in_a_street_of_hipped_roofs_has_one_too_and_says_it_is_a_guess() -> None:
    silent, *known = with_likely_roofs(*street("hipped"))
    assert silent.roof.shape == "hipped"
    assert "roof" in silent.estimated
    assert silent.height_m > 4 * 3.1  # the roof stands on its storeys
    assert known == street("hipped")[0][1:]


def test_a_house_among_flat_roofs_stays_flat() -> None:
    buildings, told = street("flat")
    assert with_likely_roofs(buildings, told) == buildings


def test_a_block_of_four_storeys_is_not_given_a_roof_without_a_reason() -> None:
    assert with_likely_roofs([house(0)], [None])[0].roof == Roof()
    assert with_likely_roofs([house(0, year=1912)], [None])[0].roof.shape == "gabled"
    assert with_likely_roofs([house(0, levels=2, wide_m=10)], [None])[0].roof.shape == "gabled"


def test_a_roof_under_a_known_height_takes_part_of_it() -> None:
    buildings, told = street("gabled")
    known = Building(id="osm:w9", geometry=buildings[0].geometry, height_m=12.0, levels=3, use="apartments",
                     estimated=frozenset({"roof"}))  # fmt: skip
    made = with_likely_roofs([known, *buildings[1:]], told)[0]
    assert made.height_m == 12.0
    assert 0.0 < made.roof.height_m <= 4.0


def test_wide_halls_parts_and_told_flat_roofs_stay_flat() -> None:
    buildings, told = street("gabled")
    hall = Building(id="osm:w8", geometry=shapely.box(0, 0, 60, 50), height_m=9.0, levels=2, use="apartments",
                    estimated=GUESSED)  # fmt: skip
    assert with_likely_roofs([hall, *buildings[1:]], told)[0].roof == Roof()
    assert with_likely_roofs([house(0, part_of="osm:w7"), *buildings[1:]], told)[0].roof == Roof()
    assert with_likely_roofs(buildings, ["flat", *told[1:]])[0].roof == Roof()


def test_age_and_kind_tell_of_roofs() -> None:
    def usually(building: Building) -> float:
        return usually_pitched(building, building.geometry.area)

    assert usually(house(0, year=1900)) > usually(house(0)) > usually(house(0, year=1970))
    assert usually(house(0, "industrial")) < 0.1 < 0.5 < usually(house(0, "religious"))
