"""`citiverse import`: a scene of open data."""

import argparse
from pathlib import Path

from citiverse.cli.arguments import Commands, add_command, add_data, add_json, box, number, pair
from citiverse.cli.city import data_folder
from citiverse.cli.telling import Progress, print_json


def add(commands: Commands) -> None:
    """Add the command to make a scene."""
    importing = add_command(commands, "import", run, "make a scene of open data")
    importing.add_argument("name", metavar="NAME", help="what to call it: small letters, digits, - and _")
    importing.add_argument(
        "sources", nargs="+", metavar="SOURCE",
        help="a file, or KIND=FILE where the file does not tell what it holds: population=grid.csv, zones=plan.gpkg",
    )  # fmt: skip
    importing.add_argument(
        "--crs", action="append", default=[], metavar="EPSG",
        help="coordinate system of files that do not say; FILE=EPSG also of one that says another",
    )  # fmt: skip
    importing.add_argument("--vertical", default="local", metavar="EPSG", help="datum of heights")
    importing.add_argument(
        "--column", type=pair, action="append", default=[], metavar="WHAT=NAME",
        help="which column of tables says what: height=HAUTEUR",
    )  # fmt: skip
    importing.add_argument(
        "--lod", type=number, metavar="L", help="highest level of detail to take of CityJSON and CityGML"
    )
    importing.add_argument("--report", type=Path, metavar="FILE", help="write the report as a page (.html) too")
    importing.add_argument("--bbox", type=box, metavar="W,S,E,N", help="take only what lies in this box, degrees")
    add_data(importing)
    add_json(importing)


def run(options: argparse.Namespace) -> int:
    """Read files, keep them as a scene, and report what became of them."""
    from citiverse.gis.advice import advice_on
    from citiverse.gis.page import report_page
    from citiverse.gis.read import given, import_city
    from citiverse.gis.report import readable
    from citiverse.impact.models import MODELS

    with Progress() as progress:
        made = import_city(
            options.name, [given(each) for each in options.sources], data_dir=data_folder(options),
            crs=options.crs, vertical=options.vertical, bbox=options.bbox, columns=dict(options.column),
            lod=options.lod, progress=progress,
        )  # fmt: skip
    missing = {model.name: model.missing(made.city) for model in MODELS}
    advice = advice_on(made.city, made.report.attributes)
    if options.report:
        options.report.write_text(report_page(made.report, missing, advice), encoding="utf-8")
    if options.json:
        print_json(made.report.to_json(missing, advice))
    else:
        print(readable(made.report, missing, advice), end="")
        print(f"\nSee it with: citiverse serve {options.name}")
    return 0
