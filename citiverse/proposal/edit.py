"""All edits there are: the table of verbs, and edits from JSON."""

from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

from citiverse.proposal.canonical import canonical, edit_to_json
from citiverse.proposal.reading import read
from citiverse.proposal.refusal import EditInvalid, EditRefused
from citiverse.proposal.verbs.add_barrier import AddBarrier
from citiverse.proposal.verbs.add_building import AddBuilding
from citiverse.proposal.verbs.add_crossing import AddCrossing
from citiverse.proposal.verbs.add_furniture import AddFurniture
from citiverse.proposal.verbs.add_park import AddPark
from citiverse.proposal.verbs.add_road import AddRoad
from citiverse.proposal.verbs.add_stop import AddStop
from citiverse.proposal.verbs.add_water import AddWater
from citiverse.proposal.verbs.block_road import BlockRoad
from citiverse.proposal.verbs.change_use import ChangeUse
from citiverse.proposal.verbs.close_road import CloseRoad
from citiverse.proposal.verbs.demolish_building import DemolishBuilding
from citiverse.proposal.verbs.open_road import OpenRoad
from citiverse.proposal.verbs.place_model import PlaceModel
from citiverse.proposal.verbs.plant_trees import PlantTrees
from citiverse.proposal.verbs.remove_green import RemoveGreen
from citiverse.proposal.verbs.remove_road import RemoveRoad
from citiverse.proposal.verbs.remove_thing import RemoveThing
from citiverse.proposal.verbs.remove_trees import RemoveTrees
from citiverse.proposal.verbs.renovate_building import RenovateBuilding
from citiverse.proposal.verbs.reshape_building import ReshapeBuilding
from citiverse.proposal.verbs.reshape_green import ReshapeGreen
from citiverse.proposal.verbs.set_direction import SetDirection
from citiverse.proposal.verbs.set_lanes import SetLanes
from citiverse.proposal.verbs.set_speed import SetSpeed
from citiverse.proposal.verbs.set_surface import SetSurface
from citiverse.proposal.verbs.unseal import Unseal

__all__ = ["VERBS", "Edit", "EditInvalid", "EditRefused", "canonical", "edit_to_json", "parse_edit"]

Edit = (
    CloseRoad
    | OpenRoad
    | SetSpeed
    | SetDirection
    | SetLanes
    | SetSurface
    | BlockRoad
    | AddCrossing
    | AddRoad
    | RemoveRoad
    | AddPark
    | ReshapeGreen
    | RemoveGreen
    | PlantTrees
    | RemoveTrees
    | AddWater
    | Unseal
    | AddBuilding
    | ReshapeBuilding
    | ChangeUse
    | RenovateBuilding
    | DemolishBuilding
    | PlaceModel
    | AddBarrier
    | AddFurniture
    | AddStop
    | RemoveThing
)  # fmt: skip    a new verb is one more line here

VERBS: Mapping[str, type[Edit]] = {str(fields(kind)[0].default): kind for kind in get_args(Edit)}


def parse_edit(document: object) -> Edit:
    """The edit in a JSON object. Raises EditInvalid with a sentence and the path of the field at fault."""
    if not isinstance(document, Mapping):
        raise EditInvalid("An edit is a JSON object with a verb.")
    verb = document.get("verb")
    if not isinstance(verb, str):
        raise EditInvalid(f"An edit needs a verb, one of {', '.join(VERBS)}.", "verb")
    if verb not in VERBS:
        raise EditInvalid(f"“{verb[:80]}” is no verb; known are {', '.join(VERBS)}.", "verb")
    return read(VERBS[verb], document)
