"""The city that a command speaks of."""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.cli.telling import Progress, warn

if TYPE_CHECKING:
    from citiverse.city.city import City
    from citiverse.proposal.scenario import Scenario


def data_folder(options: argparse.Namespace) -> Path:
    """Where imported scenes lie."""
    from citiverse.server.settings import default_data

    folder: Path = options.data or default_data(os.environ)
    return folder


def edited_city(options: argparse.Namespace, progress: "Progress") -> "tuple[City, City, Scenario]":
    """The scene that the options name as it is, with the edits that they name applied, and those edits."""
    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.proposal.scenario import Scenario, apply_all, read_scenario
    from citiverse.session.library import Library

    scenario = read_scenario(options.edits.read_bytes()) if options.edits else Scenario(())
    data = data_folder(options)
    city = replace(read_scene(find_scene(options.scene, data), progress).city, models=Library(data / "models"))
    if scenario.base not in ("", city.fingerprint()):
        warn(f"{options.edits} was made for another state of {options.scene}")
    return city, apply_all(city, scenario.edits)[0], scenario
