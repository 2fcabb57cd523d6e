"""Two to four proposals and the city as it is, in one table."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Response

from citiverse.proposal.cost import cost_of
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.proposals import room_of
from citiverse.server.replies import Json
from citiverse.session import messages
from citiverse.session.comparing import Column, as_csv, table

router = APIRouter(prefix="/api", tags=["compare"])

MOST_COLUMNS, MOST_WAIT_S = 4, 60.0
_ONE = re.compile(r"([0-9a-z]{1,80})(?:@(\d{1,9}))?")

Of = Annotated[
    str,
    Query(
        max_length=400, description="Ids of up to four proposals with commas; ID@SEQ is one as it was after an event."
    ),
]
Wait = Annotated[
    float, Query(ge=0, le=MOST_WAIT_S, allow_inf_nan=False, description="Seconds to wait for models that still run.")
]


@router.get("/compare", summary="Proposals side by side")
async def as_json(house: Here, of: Of, wait_s: Wait = 0.0) -> Response:
    """Each indicator in the city as it is and in every proposal, and what each costs.

    `status` is running until the models are done with all; the `seq` of each proposal makes the address reproduce it.
    """
    return Json(await compared(house, of, wait_s), headers={"Cache-Control": "no-store"})


@router.get("/compare.csv", summary="Proposals side by side, as CSV")
async def as_table(house: Here, of: Of, wait_s: Wait = 30.0) -> Response:
    """The same figures as the JSON; 503 while models still run after `wait_s`."""
    told = await compared(house, of, wait_s)
    if told["status"] != "full":
        raise Refused(503, "The models are still running; ask again in a moment.", {"Retry-After": "5"})
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="comparison.csv"'}
    return Response(as_csv(told), media_type="text/csv; charset=utf-8", headers=headers)


async def compared(house: House, of: str, wait_s: float) -> messages.Json:
    """The table of the proposals that `of` names. Raises Refused, NoSuchProposal, NoSuchRevision."""
    wanted = [_ONE.fullmatch(each.strip()) for each in of.split(",")]
    if not 1 <= len(wanted) <= MOST_COLUMNS or None in wanted:
        raise Refused(422, f"of is the ids of one to {MOST_COLUMNS} proposals, with commas: ID,ID@SEQ.", field="of")
    columns: list[Column] = []
    scenes = set()
    for each in wanted:
        if each is None:
            continue
        room = await room_of(house, each[1])
        scenes.add(room.scene)
        if len(scenes) > 1:
            raise Refused(422, "Proposals for different scenes cannot be compared.", field="of")
        branch = await house.town.branch_at(room, int(each[2]) if each[2] else None)
        told = await house.town.impacts_at(room, branch, wait_s)
        cost = cost_of(room.scene.city.change_to(branch.city), room.scene.prices)
        title, revision = room.proposal.title, branch.city.fingerprint()
        columns.append(Column(room.proposal.id, branch.seq, title, revision, told, cost))
    (scene,) = scenes
    return table(scene.name, scene.revision, columns)
