"""Proposals and each other: begin one from another, make one of two, carry one over to newer data."""

from fastapi import APIRouter, Query, Request, Response

from citiverse.server.body import only, read_object, seq_in, text_in
from citiverse.server.house import Here
from citiverse.server.problems import Refused
from citiverse.server.proposals import room_of
from citiverse.server.replies import Json
from citiverse.server.routes.proposals import LONGEST_TITLE, beginning_of, created
from citiverse.server.shapes import FORK_BODY, MERGE_BODY, REBASE_BODY
from citiverse.server.visitors import IdempotencyKey, Key, check_may_change, operation_id, person_of
from citiverse.session.begetting import choices_of
from citiverse.session.carrying import answers_of

router = APIRouter(prefix="/api/proposals/{id}", tags=["proposals together"])

_DRY_RUN = Query(False, description="Only say what would come of it.")


@router.post("/forks", status_code=201, summary="Begin a proposal from this one", openapi_extra=FORK_BODY)
async def fork(request: Request, house: Here, id: str) -> Response:
    """A new draft with the edits that stand here, as they are or after event `seq`; this one stays as it is."""
    room = await room_of(house, id)
    sent = await read_object(request)
    only(sent, "title", "words", "access", "seq")
    beginning = beginning_of(request, house, sent, room.proposal.title)
    begun = await house.town.begin_from(id, beginning, seq_in(sent))
    house.counts["proposals"] += 1
    return await created(house, begun.id)


@router.post("/merges", status_code=201, summary="Make one proposal of this and another", openapi_extra=MERGE_BODY)
async def merge(request: Request, house: Here, id: str, dry_run: bool = _DRY_RUN) -> Response:
    """A new draft with the edits of both; both stay as they are. `a` is this proposal, `b` the other.

    What both dispute comes as conflict records with both sides and is never decided silently: 409 with `conflicts`
    until `choices` holds "a" or "b" for the `key` of each. A choice may bring up further conflicts.
    """
    room = await room_of(house, id)
    sent = await read_object(request)
    only(sent, "with", "choices", "title", "words", "access")
    other_id = text_in(sent, "with", 80)
    if not other_id or other_id == id:
        raise Refused(422, "with is the id of another proposal.", field="with")
    other = await room_of(house, other_id)
    choices = choices_of(sent.get("choices", {}))
    if dry_run:
        told = (await house.town.merge(id, other_id, choices)).told()
        return Json({"status": "conflicts" if told["conflicts"] else "ready", **told})
    title = f"{room.proposal.title} + {other.proposal.title}"[:LONGEST_TITLE]
    told = await house.town.begin_merged(id, other_id, choices, beginning_of(request, house, sent, title))
    house.counts["proposals"] += 1
    return await created(house, told.pop("proposal"), {"merge": told})


@router.get("/rebase", summary="What carrying the proposal over to the scene's present data would do")
async def rebase_report(house: Here, id: str) -> Response:
    """Which edits fit, which mean something that has another id now (`found`), and which are `orphans`."""
    room = await room_of(house, id)
    told = (await room.carried({})).told()
    return Json({"needed": not room.settled, "from": room.proposal.base, "to": room.scene.revision, **told})


@router.post("/rebase", status_code=201, summary="Carry the proposal over to newer data", openapi_extra=REBASE_BODY)
async def rebase(
    request: Request, house: Here, id: str, key: Key, dry_run: bool = _DRY_RUN, idempotency_key: IdempotencyKey = None
) -> Response:
    """Carry the edits over to the scene as it was imported last: by ids, then by geometry.

    `answers` holds for the number of each orphan another edit, "keep" to let it wait without effect, or null to give it
    up; 409 with `orphans` while one has none. Nothing is dropped silently, and the history stays.
    """
    room = await room_of(house, id)
    sent = await read_object(request)
    only(sent, "answers")
    answers = answers_of(sent.get("answers", {}))
    if dry_run:
        told = (await room.carried(answers)).told()
        return Json({"needed": not room.settled, "from": room.proposal.base, "to": room.scene.revision, **told})
    check_may_change(house, room.proposal, key)
    if room.settled:
        raise Refused(409, "This proposal stands on the scene's present data already, and all of it fits.")
    by, _ = person_of(request, house)
    return Json(await room.carry_over(by, operation_id(idempotency_key), answers), 201)
