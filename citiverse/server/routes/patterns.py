"""Patterns: one choice along a street or over a block that makes several edits."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from citiverse.proposal.pattern import PatternUnknown, chosen_of
from citiverse.server.body import read_object
from citiverse.server.house import Here
from citiverse.server.proposals import room_of
from citiverse.server.replies import Json
from citiverse.server.shapes import PATTERN_BODY
from citiverse.server.trying import tried_out
from citiverse.server.visitors import IdempotencyKey, Key, check_may_change, operation_id, person_of
from citiverse.session.wishes import PatternWish

router = APIRouter(prefix="/api", tags=["patterns"])


@router.get("/scenes/{scene}/patterns", summary="The patterns of a scene")
async def patterns(house: Here, scene: str) -> Response:
    """Those that ship and the city's own. `along` says what to choose for one: a street, a block, or either."""
    found = house.scene(scene).patterns.values()
    return Json(
        {
            "patterns": [
                {
                    "name": each.name,
                    "title": each.title,
                    "words": each.words,
                    "along": each.along,
                    "verbs": list(dict.fromkeys(step.verb for step in each.steps)),
                }
                for each in found
            ]
        }
    )


@router.post("/proposals/{id}/patterns", status_code=201, summary="Apply a pattern", openapi_extra=PATTERN_BODY)
async def apply(
    request: Request,
    house: Here,
    id: str,
    key: Key,
    dry_run: Annotated[bool, Query(description="Only say which edits it would make, do and cost.")] = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The pattern's edits at a road (maybe `between` two junctions) or an area, saved as one: one undo takes all back.

    Answers as an edit does, with `edits`, their `sentences`, and `left_out`: why others were not made.
    """
    room = await room_of(house, id)
    sent = await read_object(request)
    name = str(sent.pop("pattern", ""))
    pattern = room.scene.patterns.get(name)
    if pattern is None:
        known = ", ".join(room.scene.patterns)
        raise PatternUnknown(f"There is no pattern called “{name[:80]}”; there are: {known}.")
    by, _ = person_of(request, house)
    wish = PatternWish(by=by, op_id=operation_id(idempotency_key), pattern=pattern, place=chosen_of(sent))
    if dry_run:
        return await tried_out(request, room.check(wish))
    check_may_change(house, room.proposal, key)
    told = await room.do(wish)
    house.counts["patterns"] += 1
    return Json(told, 201)
