"""`citiverse models`: the cards of the models."""

import argparse

from citiverse.cli.arguments import Commands, add_command, add_data, add_json
from citiverse.cli.city import data_folder
from citiverse.cli.telling import Progress, print_json, warn


def add(commands: Commands) -> None:
    """Add the command to tell how models work."""
    models = add_command(commands, "models", run, "tell how the models work, what they lack and how they do")
    models.add_argument("scene", nargs="?", default="helsinki", metavar="SCENE", help="for this scene (helsinki)")
    add_data(models)
    add_json(models)


def run(options: argparse.Namespace) -> int:
    """Print the card of every model for a scene."""
    from citiverse.gis.read import read_scene
    from citiverse.gis.recipe import find_scene
    from citiverse.impact.card import card, page
    from citiverse.impact.models import MODELS, REFUSED

    with Progress() as progress:
        city = read_scene(find_scene(options.scene, data_folder(options)), progress).city
    cards = tuple(card(model, city) for model in MODELS)
    for reason in REFUSED.values():
        warn(reason)
    if options.json:
        print_json({"scene": options.scene, "models": cards, "refused": REFUSED})
    else:
        print(page(cards))
    return 0
