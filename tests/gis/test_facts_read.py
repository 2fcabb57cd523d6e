"""What models feed on, read from files: people, timetables, weather, counts, background air, plan."""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import shapely

from citiverse.gis.read import Import
from citiverse.gis.recipe import SourceFile
from citiverse.gis.refused import ImportRefused
from tests.gis.layers import BOX, UTM, X, Y, box, houses, line, point, read_sources, write, write_json

TOWN = SourceFile(path="buildings.gpkg")
LON, LAT = 11.5525, 48.0950
CALENDAR = "service_id,monday,tuesday,wednesday,thursday,friday,start_date,end_date"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with a few houses."""
    write(tmp_path / "buildings.gpkg", houses(height=9.0))
    return tmp_path


def read(folder: Path, path: str, **source: object) -> Import:
    """The town with one more file."""
    return read_sources(folder, TOWN, SourceFile(path=path, **source), bbox=BOX)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ people


def test_people_are_read_from_a_grid_and_from_points(town: Path) -> None:
    cells = [
        (box(0, 0, 100, 100), {"asukkaita": 40, "ika0_9": 5, "ika70_79": 7}),
        (box(100, 0, 200, 100), {"asukkaita": 2}),
    ]
    write(town / "vaestoruutu_2021.gpkg", cells)
    found = read(town, "vaestoruutu_2021.gpkg").city.facts.population
    assert found is not None
    assert (found.people.tolist(), found.year, found.source) == ([40.0, 2.0], 2021, "vector.2")
    assert [(group.low, group.high, group.people.tolist()) for group in found.ages] == [
        (0, 9, [5, 0]),
        (70, 79, [7, 0]),
    ]
    (town / "population.csv").write_text(f"lon;lat;einwohner\n{LON};{LAT};12\n{LON};{LAT};\n1.0;1.0;99\n")
    report = read(town, "population.csv")
    assert report.city.facts.population is not None
    assert report.city.facts.population.total == 12.0
    assert report.report.tally.kinds["population"].skipped == 1


def test_cells_that_only_have_a_code_are_found_on_the_european_grid(town: Path) -> None:
    x, y = 4_436_000, 2_776_000
    rows = [f"CRS3035RES1000mN{y + 1000 * j}E{x + 1000 * i};7" for i in range(-9, 10) for j in range(-9, 10)]
    (town / "zensus.csv").write_text("GITTER_ID_1km;Einwohner\n" + "\n".join(rows) + "\n")
    found = read(town, "zensus.csv").city.facts.population
    assert found is not None
    assert 1 <= len(found.people) <= 4
    assert shapely.area(found.places) == pytest.approx(1e6, rel=0.01)


def test_numbers_of_people_that_can_not_be_are_counted_as_skipped(town: Path) -> None:
    rows = [(box(20 * n, 0, 20 * n + 20, 20), {"population": count}) for n, count in enumerate((5, -1, None, 0))]
    write(town / "population.gpkg", rows)
    made = read(town, "population.gpkg")
    assert made.city.facts.population is not None
    assert made.city.facts.population.people.tolist() == [5.0, 0.0]
    assert made.report.tally.kinds["population"].skipped == 2


def test_without_a_column_of_people_the_file_is_refused_with_its_columns(town: Path) -> None:
    write(town / "grid.gpkg", [(box(0, 0, 9, 9), {"wealth": 3.0})])
    with pytest.raises(ImportRefused, match=r"wealth.*--column people=NAME"):
        read(town, "grid.gpkg", role="population")
    found = read(town, "grid.gpkg", role="population", columns={"people": "wealth"}).city.facts.population
    assert found is not None
    assert found.total == 3.0


def test_people_and_air_are_read_from_rasters(town: Path) -> None:
    head = f"ncols 6\nnrows 6\nxllcorner {X - 200}\nyllcorner {Y - 200}\ncellsize 100\nNODATA_value -200\n"
    rows = "\n".join(" ".join("-200" if column == 5 else str(row + column) for column in range(6)) for row in range(6))
    (town / "ghs_pop.asc").write_text(head + rows)
    (town / "no2_2022.asc").write_text(head + rows)
    found = read(town, "ghs_pop.asc", role="population", crs=UTM).city.facts.population
    assert found is not None
    assert set(found.people.tolist()) <= {float(n) for n in range(1, 10)}
    assert shapely.area(found.places) == pytest.approx(10_000.0, rel=2e-3)
    (air,) = read(town, "no2_2022.asc", role="background", crs=UTM).city.facts.background
    assert (air.pollutant, bool(np.isfinite(air.grid.values).all())) == ("no2", True)
    assert 0.0 <= air.grid.values.min() < air.grid.values.max() <= 10.0


def test_the_grid_of_helsinki_counts_its_people(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("cities/helsinki")
    sources = (SourceFile(path="Helsinki.osm.pbf"), SourceFile(path="r5py_helsinki_population_grid_2020.gpkg"))
    found = read_sources(folder, *sources).city.facts.population
    assert found is not None
    assert (len(found.people), found.total, found.year) == (22, 7801.0, 2020)


# ------------------------------------------------------------------------------------------------ plan and parcels


def test_zones_tell_their_rules(town: Path) -> None:
    rules = {"ART": "WA", "GRZ": 0.4, "GFZ": 1.2, "VOLLGESCHOSSE": "III", "HOEHE": "max. 12,5 m"}
    write_json(
        town / "bebauungsplan.geojson",
        [(box(0, 0, 50, 50), {"id": "z1", **rules}), (box(50, 0, 90, 50), {"ART": "GE"})],
    )
    zone, other = read(town, "bebauungsplan.geojson").city.facts.zones
    assert (zone.use, zone.said, zone.max_coverage, zone.max_floor_ratio) == ("residential", "WA", 0.4, 1.2)
    assert (zone.max_levels, zone.max_height_m) == (3.0, 12.5)
    assert (other.use, other.max_height_m, other.max_coverage) == ("industrial", None, None)


def test_shares_in_percent_and_limits_that_can_not_be(town: Path) -> None:
    rows = [
        (box(0, 0, 50, 50), {"max_coverage": 40, "max_height": 0}),
        (box(50, 0, 90, 50), {"max_coverage": 400, "max_height": -3}),
    ]
    write(town / "zoning.gpkg", rows)
    made = read(town, "zoning.gpkg")
    first, second = made.city.facts.zones
    assert (first.max_coverage, first.max_height_m) == (0.4, None)
    assert (second.max_coverage, second.max_height_m) == (None, None)
    assert made.report.tally.kinds["zone"].repaired == 1


def test_parcels_keep_their_numbers(town: Path) -> None:
    write(
        town / "parcelles.gpkg", [(box(0, 0, 50, 50), {"numero": "AB 12", "public": "oui"}), (line((0, 0), (9, 9)), {})]
    )
    made = read(town, "parcelles.gpkg")
    (parcel,) = made.city.facts.parcels
    assert (parcel.number, parcel.public) == ("AB 12", True)
    assert made.report.tally.kinds["parcel"].skipped == 1


# ------------------------------------------------------------------------------------------------ counts and air


def test_counts_are_read_with_their_trucks(town: Path) -> None:
    (town / "counts.csv").write_text(
        "station,lon,lat,aadt,hgv_percent,bicycles,year\n"
        f"a,{LON},{LAT},12000,6,300,2023\nb,{LON},{LAT},8000,,,2023\nc,{LON},{LAT},-1,,,2023\nd,0,0,5,,,2023\n"
    )
    made = read(town, "counts.csv")
    counts = {each.id: each for each in made.city.facts.counts}
    assert [(each.of, each.per_day, each.truck_share) for each in made.city.facts.counts] == [
        ("motor", 12000.0, 0.06), ("bicycle", 300.0, None), ("motor", 8000.0, None),
    ]  # fmt: skip
    assert counts["gis:a"].year == 2023
    assert made.report.tally.kinds["count"].skipped == 1


def test_stations_are_spread_over_the_scene(town: Path) -> None:
    (town / "stations.csv").write_text(f"lon,lat,no2,pm2.5\n{LON},{LAT},20,9\n{LON + 0.05},{LAT},40,9\n")
    air = {each.pollutant: each for each in read(town, "stations.csv", role="background").city.facts.background}
    assert air.keys() == {"no2", "pm25"}
    assert np.allclose(air["pm25"].grid.values, 9.0)
    assert 20.0 <= air["no2"].grid.values.min() < 25.0 < air["no2"].grid.values.max() + 5.1 < 45.0


# ------------------------------------------------------------------------------------------------ timetable


def feed(path: Path, **tables: str) -> Path:
    """A timetable of a tram of three stops, two of them near the town, with tables replaced or left out (None)."""
    whole = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        f"a,Square,{LAT},{LON}\nb,Park,{LAT + 0.002},{LON}\nc,Far,{LAT + 0.5},{LON}\n",
        "routes": "route_id,route_short_name,route_type\nr,4,0\nz,Night,700\n",
        "trips": "route_id,service_id,trip_id\nr,wd,t1\nr,wd,t2\nr,wd,t3\nz,we,n1\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "".join(
            f"{trip},,{hour}:00:00,a,1\n{trip},,,b,2\n{trip},{hour}:30:00,{hour}:30:00,c,5\n"
            for trip, hour in (("t1", "7"), ("t2", "8"), ("t3", "25"))
        )
        + "n1,1:00:00,1:00:00,a,1\nn1,1:20:00,1:20:00,b,2\n",
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "wd,1,1,1,1,1,0,0,20250303,20250331\nwe,0,0,0,0,0,1,1,20250303,20250331\n",
        "calendar_dates": "service_id,date,exception_type\nwd,20250303,2\n",
    } | tables
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in whole.items():
            if text:
                archive.writestr(f"{name}.txt", text)
    return path


def test_a_timetable_tells_the_courses_of_a_weekday(town: Path) -> None:
    feed(town / "gtfs.zip")
    made = read(town, "gtfs.zip")
    found = made.city.facts.timetable
    assert found is not None
    (course,) = found.courses
    assert (course.line, course.mode, found.day) == ("4", "tram", "2025-03-04")
    assert [found.stops[n].name for n in course.stops] == ["Square", "Park", "Far"]
    assert course.departures == (420.0, 480.0, 1500.0)
    assert course.minutes == (0.0, 15.0, 30.0)
    assert found.departures[0, [1, 7, 8]].tolist() == [1.0, 1.0, 1.0]
    assert made.report.tally.kinds["timetable"].built == 2


def test_frequencies_stand_for_many_trips(town: Path) -> None:
    feed(town / "gtfs.zip", frequencies="trip_id,start_time,end_time,headway_secs\nt1,6:00:00,8:00:00,600\n")
    found = read(town, "gtfs.zip").city.facts.timetable
    assert found is not None
    assert len(found.courses[0].departures) == 12 + 2


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"stop_times": ""}, r"stop_times\.txt"),
        ({"calendar": "", "calendar_dates": ""}, r"calendar\.txt"),
        ({"stops": "name\nx\n"}, "stop_id"),
        ({"calendar": f"{CALENDAR}\nwd,1,1,1,1,1,soon,late\n"}, "date"),
        ({"calendar": f"{CALENDAR}\n", "calendar_dates": ""}, "weekday"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,6:00:00,8:00:00,0\n"}, "headway"),
    ],
)  # fmt: skip
def test_a_broken_timetable_is_refused(tables: Mapping[str, str], words: str, town: Path) -> None:
    feed(town / "gtfs.zip", **tables)
    with pytest.raises(ImportRefused, match=f"gtfs.zip.*({words})"):
        read(town, "gtfs.zip")


def test_a_timetable_of_elsewhere_is_counted_as_skipped(town: Path) -> None:
    feed(town / "gtfs.zip", stops="stop_id,stop_name,stop_lat,stop_lon\na,X,1,1\nb,Y,1,2\nc,Z,2,2\n")
    made = read(town, "gtfs.zip")
    assert made.city.facts.timetable is None
    assert made.report.tally.kinds["timetable"].skipped == 1


# ------------------------------------------------------------------------------------------------ weather


def weather(
    path: Path, *, hours: int = 8760, first: str = f"LOCATION,Munich,BY,DEU,TMY,108660,{LAT},{LON},1.0,520.0"
) -> Path:
    """A year in which the temperature is the hour of the day, and the wind is not known at noon."""
    rows = []
    for n in range(hours):
        hour = n % 24 + 1
        values = ["0"] * 35
        values[:5] = ["1999", "1", "1", str(hour), "60"]
        values[6:10] = [str(hour - 1), "5.0", "70", "96000"]
        values[12:16] = ["300", "9999", "500", "100"]
        values[20:23] = ["180", "999" if hour == 12 else "2.5", "5"]
        rows.append(",".join(values))
    path.write_text("\n".join([first, *["HEADER"] * 7, *rows]) + "\n")
    return path


def test_a_year_of_weather_is_read(town: Path) -> None:
    weather(town / "munich.epw")
    found = read(town, "munich.epw").city.facts.weather
    assert found is not None
    assert (found.place, found.zone_h, found.elevation_m) == ("Munich", 1.0, 520.0)
    assert found.temperature_c[:24].tolist() == list(range(24))
    assert (found.hour[:24] == np.arange(24)).all()
    assert np.isnan(found.wind_ms[11])
    assert (found.wind_ms[0], found.cloud_share[0]) == (2.5, 0.5)
    assert np.isnan(found.global_wm2).all()


def test_weather_from_afar_is_taken_and_said(town: Path) -> None:
    weather(town / "oslo.epw", first="LOCATION,Oslo,-,NOR,TMY,1,59.9,10.7,1.0,20.0")
    tally = read(town, "oslo.epw").report.tally
    assert tally.kinds["weather"].repaired == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"hours": 100}, "100 hours"),
        ({"first": "LOCATION,Nowhere"}, "first line"),
        ({"first": "LOCATION,Moon,-,-,-,1,400,10.7,1.0,20.0"}, "no place on Earth"),
    ],
)
def test_broken_weather_is_refused(how: Mapping[str, object], words: str, town: Path) -> None:
    weather(town / "bad.epw", **how)  # type: ignore[arg-type]
    with pytest.raises(ImportRefused, match=words):
        read(town, "bad.epw")


# ------------------------------------------------------------------------------------------------ tables as text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "no rows"),
        ("a,b\n1,2\n", "no columns with places"),
        ("lon,lat\n1,2,3\n", "row 2"),
        (f"x,y,population\n{X},{Y},5\n", "--crs"),
        (f"lat,lon,population\n{LON},{LAT},5\n", "swapped"),
    ],
)
def test_tables_that_make_no_sense_are_refused(text: str, words: str, town: Path) -> None:
    (town / "population.csv").write_text(text)
    with pytest.raises(ImportRefused, match=rf"population\.csv.*{words}"):
        read(town, "population.csv")


def test_shapes_as_text_are_read_with_their_system(town: Path) -> None:
    wkt = point(5, 5).wkt
    (town / "population.csv").write_text(
        f"geom;population\nSRID=32632;{wkt};9\n".replace(f"SRID=32632;{wkt}", f'"SRID=32632;{wkt}"')
    )
    found = read(town, "population.csv").city.facts.population
    assert found is not None
    assert found.total == 9.0


def test_several_files_of_people_do_not_count_anyone_twice(town: Path) -> None:
    write(town / "population_a.gpkg", [(box(0, 0, 50, 50), {"population": 10})])
    write(
        town / "population_b.gpkg", [(box(0, 0, 50, 50), {"population": 11}), (box(50, 0, 100, 50), {"population": 4})]
    )
    sources = [TOWN, *(SourceFile(path=f"population_{each}.gpkg") for each in "ab")]
    found = read_sources(town, *sources, bbox=BOX).city.facts.population
    assert found is not None
    assert found.total == 14.0


def test_the_report_tells_columns_and_what_would_help(town: Path) -> None:
    from citiverse.gis.advice import advice_on
    from citiverse.gis.page import report_page
    from citiverse.gis.report import readable

    write(town / "population.gpkg", [(box(0, 0, 50, 50), {"Einwohner": 10, "x": "<b>"})])
    made = read(town, "population.gpkg")
    advice = advice_on(made.city, made.report.attributes)
    text = readable(made.report, {"noise": ()}, advice)
    assert "people from Einwohner" in text
    assert any("GTFS" in each for each in advice)
    assert not any("population grid" in each for each in advice)
    page = report_page(made.report, {"noise": ("streets <for> cars",)}, advice)
    assert "people from Einwohner" in page
    assert "streets &lt;for&gt; cars" in page
    layers = json.loads(json.dumps(made.report.to_json()))["sources"][1]["layers"]
    assert layers == [{"layer": "population", "as": "population", "rows": 1, "columns": {"people": "Einwohner"}}]
