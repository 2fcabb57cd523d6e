"""`citiverse scenes`: what there is."""

import argparse

from citiverse.cli.arguments import Commands, add_command, add_data
from citiverse.cli.city import data_folder


def add(commands: Commands) -> None:
    """Add the command to list the scenes."""
    add_data(add_command(commands, "scenes", run, "list the scenes that there are"))


def run(options: argparse.Namespace) -> int:
    """Print the name and title of every scene."""
    from citiverse.gis.recipe import list_scenes

    for recipe in list_scenes(data_folder(options)):
        print(f"{recipe.name:20} {recipe.title}")
    return 0
