"""How near the guessed air of a country is to what stations in its cities measure.

Run `python benchmarks/air_stations.py [FOLDER]`; the folder (by default ../shared/data/validation/airquality beside the
repository) holds hourly values as air_quality_*.csv with the columns country, date.utc, location, parameter and value.
Prints one JSON object: mean and standard error (over days) of each station, what the air model takes as background
there, and bias and spread of its differences by pollutant. Traffic and buildings beside the stations are not known, so
what streets add is left out: a station beside a street has to show more than the background.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from citiverse.city.defaults import Defaults
from citiverse.impact.air.coefficients import background

HERE = Path(__file__).resolve().parents[2] / "shared/data/validation/airquality"


def main() -> None:
    """Read the stations and compare."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    values: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(folder.glob("air_quality_*_long.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if float(row["value"]) >= 0.0:
                    key = row["parameter"], row["country"], row["location"]
                    values[key][row["date.utc"][:10]].append(float(row["value"]))
    stations, differences = [], defaultdict(list)
    for (pollutant, country, name), days in sorted(values.items()):
        measured = float(np.mean([value for day in days.values() for value in day]))
        usual = background(Defaults(country=country))
        modelled = {"no2": usual.no2, "pm25": usual.pm25, "pm10": usual.pm10}[pollutant]
        by_day = np.array([np.mean(day) for day in days.values()])
        differences[pollutant].append(modelled - measured)
        stations.append(
            {
                "station": name,
                "country": usual.guessed,
                "pollutant": pollutant,
                "days": len(days),
                "hours": sum(map(len, days.values())),
                "measured_ug_m3": round(measured, 1),
                "error_ug_m3": round(float(by_day.std(ddof=1) / np.sqrt(len(by_day))), 1),
                "background_ug_m3": modelled,
            }
        )
    found = {
        pollutant: {
            "stations": len(each),
            "bias_ug_m3": round(float(np.mean(each)), 1),
            "spread_ug_m3": round(float(np.std(each, ddof=1)), 1) if len(each) > 1 else None,
        }
        for pollutant, each in differences.items()
    }
    print(json.dumps({"stations": stations, "background_less_measured": found}, indent=1))


if __name__ == "__main__":
    main()
