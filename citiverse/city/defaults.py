"""What a scene assumes where its data are silent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Assumptions of a scene, set under [defaults] in its recipe.

    `country` is an ISO 3166-1 alpha-2 code, `fleet_year` the year whose vehicle fleet drives here, `car_share` the
    share of trips driven by car, `truck_share` that of heavy vehicles in motor traffic, `residents_per_home` persons,
    `floor_area_per_home_m2` gross floor area, `temperature_c` the yearly mean of the air, `drives_on` right or left.
    """

    country: str = ""
    fleet_year: int = 2025
    car_share: float = 0.40
    truck_share: float = 0.06
    trips_per_person_per_day: float = 2.7
    residents_per_home: float = 2.1
    floor_area_per_home_m2: float = 85.0
    temperature_c: float = 10.0
    drives_on: str = "right"
