"""Proposals: begin one, change it, take back, see what it does and costs."""

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from citiverse.proposal.cost import cost_of
from citiverse.server.body import only, read_body, read_object, text_in
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.proposals import proposal_json, room_of, whole_json
from citiverse.server.replies import Json
from citiverse.server.shapes import EDIT_BODY, PROPOSAL_BODY, WORDS_BODY
from citiverse.server.trying import tried_out
from citiverse.server.visitors import IdempotencyKey, Key, author, check_may_change, operation_id, person_of
from citiverse.session import messages
from citiverse.session.branch import base_at
from citiverse.session.record import Access
from citiverse.session.room import Room
from citiverse.session.telling import cost_json, step_json
from citiverse.session.townhall import Beginning
from citiverse.session.wishes import Wish
from citiverse.session.workers import away

router = APIRouter(prefix="/api", tags=["proposals"])

LONGEST_TITLE, LONGEST_WORDS = 200, 20_000

Seq = Annotated[int | None, Query(ge=0, description="A revision: the city after this event; the latest without.")]
Since = Annotated[
    int | None,
    Header(
        alias="Citiverse-Since",
        ge=0,
        description="The event after which you saw the city: 409 where others have changed the same properties since.",
    ),
]


@router.post("/scenes/{scene}/proposals", status_code=201, summary="Begin a proposal", openapi_extra=PROPOSAL_BODY)
async def begin(request: Request, house: Here, scene: str) -> Response:
    """A new proposal on the scene as it is now. With `access` "link" only those with its `code` may change it."""
    house.scene(scene)
    sent = await read_object(request)
    only(sent, "title", "words", "access")
    begun = await house.town.begin(scene, beginning_of(request, house, sent))
    house.counts["proposals"] += 1
    return await created(house, begun.id)


@router.get("/scenes/{scene}/proposals", summary="The newest proposals for a scene")
async def newest(
    house: Here,
    scene: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[float, Query(ge=0, allow_inf_nan=False)] = 1e12,
) -> Response:
    """The newest first; `next` is the address of older ones."""
    house.scene(scene)
    found = await away(house.town.workers.edits, house.town.log.proposals, scene, before=before, limit=limit)
    told: messages.Json = {"proposals": [proposal_json(each) for each in found]}
    if len(found) == limit:
        told["next"] = f"/api/scenes/{scene}/proposals?limit={limit}&before={found[-1].created!r}"
    return Json(told)


@router.get("/proposals/{id}", summary="A proposal")
async def one(house: Here, id: str, key: Key) -> Response:
    """Title, words, state and how it came to it, where its log stands, what it was begun from and what from it."""
    return Json(await whole_json(house, await room_of(house, id), key))


@router.patch("/proposals/{id}", summary="Give a draft another title or other words", openapi_extra=WORDS_BODY)
async def reword(request: Request, house: Here, id: str, key: Key) -> Response:
    """Only who began it may, where they have a pseudonym here; what it was called before stays in its history."""
    room = await room_of(house, id)
    sent = await read_object(request)
    only(sent, "title", "words")
    check_may_change(house, room.proposal, key)
    by = author(request, house, room.proposal)
    title = text_in(sent, "title", LONGEST_TITLE) if "title" in sent else room.proposal.title
    if not title:
        raise Refused(422, "A proposal needs a title.", field="title")
    words = text_in(sent, "words", LONGEST_WORDS) if "words" in sent else room.proposal.words
    await room.reword(title, words, by)
    return Json(await whole_json(house, room, key))


@router.get("/proposals/{id}/edits", summary="The edits of a proposal")
async def edits(house: Here, id: str, seq: Seq = None) -> Response:
    """`edits` holds the edits that stand, as the command line takes them; `log` everything that happened.

    In `waiting` are those that fit the scene's present data no longer and are without effect.
    """
    room = await room_of(house, id)
    branch = await house.town.branch_at(room, seq)
    return Json(
        {
            "scene": room.proposal.scene,
            "base": base_at(room.proposal, room.branch.events, branch.seq),
            "seq": branch.seq,
            "revision": branch.city.fingerprint(),
            "edits": [orjson.Fragment(edit) for step in branch.standing for edit in step.edits],
            "waiting": [
                {"edit": orjson.Fragment(each.edit), "reason": each.reason, "seq": step.event.seq}
                for step in branch.steps.values()
                if not step.undone
                for each in step.misfits
            ],
            "log": [line for line in room.logged() if line["seq"] <= branch.seq],
        }
    )


@router.post("/proposals/{id}/edits", status_code=201, summary="Change the city of a proposal", openapi_extra=EDIT_BODY)
async def edit(
    request: Request,
    house: Here,
    id: str,
    key: Key,
    dry_run: Annotated[bool, Query(description="Only say what it would do and cost.")] = False,
    idempotency_key: IdempotencyKey = None,
    since: Since = None,
) -> Response:
    """Apply one edit. It is saved before the answer comes.

    With `dry_run` nothing is done; what would be refused is refused, or with "Prefer: handling=lenient" told as the
    `problem` of a 200.
    """
    room = await room_of(house, id)
    sent = await read_object(request)
    by, _ = person_of(request, house)
    wish = Wish(by=by, op_id=operation_id(idempotency_key), kind="edit", edit=sent, since=since)
    if dry_run:
        return await tried_out(request, room.check(wish))
    return await _done(house, room, key, wish)


@router.post("/proposals/{id}/undo", status_code=201, summary="Take back your latest edit")
async def undo(request: Request, house: Here, id: str, key: Key, idempotency_key: IdempotencyKey = None) -> Response:
    """Take back the latest edit of yours that stands; a pattern is taken back whole.

    Who has no pseudonym here and nothing of their own to take back takes back the latest edit of all.
    """
    return await _back_or_again(request, house, id, key, "undo", idempotency_key)


@router.post("/proposals/{id}/redo", status_code=201, summary="Do again what you took back")
async def redo(request: Request, house: Here, id: str, key: Key, idempotency_key: IdempotencyKey = None) -> Response:
    """Do again the edit that you took back last."""
    return await _back_or_again(request, house, id, key, "redo", idempotency_key)


@router.get("/proposals/{id}/impacts", summary="What the proposal does to people")
async def impacts(house: Here, id: str) -> Response:
    """Indicators and layers as far as they are known; `status` is running until all models are done.

    `seq` and `revision` say what they speak of; once a proposal is submitted, these no longer change.
    """
    room = await room_of(house, id)
    room.wake()
    return Json(room.impacts(), headers={"Cache-Control": "no-store"})


@router.get("/proposals/{id}/cost", summary="What the proposal costs to build")
async def cost(house: Here, id: str, seq: Seq = None) -> Response:
    """A range from dated, sourced unit prices, for all together and for each edit.

    What has no price is named in `unpriced` and is in no sum; `low` and `high` are null where nothing has one.
    """
    room = await room_of(house, id)
    branch = await house.town.branch_at(room, seq)
    prices = room.scene.prices
    net = await away(house.town.workers.edits, room.scene.city.change_to, branch.city)
    return Json(
        {
            "seq": branch.seq,
            "prices": {"title": prices.title, "date": prices.date, "currency": prices.currency},
            **cost_json(cost_of(net, prices)),
            "edits": [step_json(step, cost_of(step.change, prices)) for step in branch.standing],
        }
    )


def beginning_of(request: Request, house: House, sent: messages.Json, title: str = "") -> Beginning:
    """What a person says of a proposal that they begin; `title` where they give none. Raises Refused."""
    title = text_in(sent, "title", LONGEST_TITLE) or title
    if not title:
        raise Refused(422, "A proposal needs a title.", field="title")
    access: Access = "open"
    match sent.get("access", "open"):
        case "open":
            pass
        case "link":
            access = "link"
        case _:
            raise Refused(422, "access is open or link.", field="access")
    by, _ = person_of(request, house)
    return Beginning(title=title, words=text_in(sent, "words", LONGEST_WORDS), by=by, access=access)


async def created(house: House, id: str, more: messages.Json | None = None) -> Response:
    """The answer to whoever has begun a proposal: all of it, with the word that takes part."""
    room = await house.town.room(id)
    told = await whole_json(house, room, room.proposal.code)
    return Json({**told, **(more or {})}, 201, {"Location": f"/api/proposals/{id}"})


async def _back_or_again(
    request: Request, house: House, id: str, key: str, kind: Literal["undo", "redo"], op_id: str | None
) -> Response:
    room = await room_of(house, id)
    await _no_body(request)
    by, anyones = person_of(request, house)
    return await _done(house, room, key, Wish(by=by, op_id=operation_id(op_id), kind=kind, anyones=anyones))


async def _done(house: House, room: Room, key: str, wish: Wish) -> Response:
    check_may_change(house, room.proposal, key)
    told = await room.do(wish)
    house.counts[f"{wish.kind}s"] += 1
    return Json(told, 201)


async def _no_body(request: Request) -> None:
    """Undo and redo take nothing but perhaps an empty object. Raises Refused."""
    body = (await read_body(request)).strip()
    if body and (body[:1] != b"{" or body[-1:] != b"}" or body[1:-1].strip()):
        raise Refused(422, "Undo and redo take no content.")
