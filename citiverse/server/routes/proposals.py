"""Proposals: begin one, change it, take back, see what it does."""

import datetime as dt
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from citiverse.server.body import read_body, read_object
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.replies import Json
from citiverse.server.shapes import EDIT_BODY, PROPOSAL_BODY
from citiverse.session import messages
from citiverse.session.people import ANYONE
from citiverse.session.record import Proposal
from citiverse.session.room import Room, Wish
from citiverse.session.workers import away

router = APIRouter(prefix="/api", tags=["proposals"])

LONGEST_TITLE, LONGEST_WORDS, LONGEST_OP_ID = 200, 20_000, 200

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=LONGEST_OP_ID, description="A repeat with the same key gets the first answer."),
]


@router.post("/scenes/{scene}/proposals", status_code=201, summary="Begin a proposal", openapi_extra=PROPOSAL_BODY)
async def begin(request: Request, house: Here, scene: str) -> Response:
    """A new proposal on the scene as it is now."""
    house.scene(scene)
    sent = await read_object(request)
    if unknown := sorted(set(sent) - {"title", "words"}):
        raise Refused(422, f"A proposal has a title and words, no {unknown[0][:40]}.", field=unknown[0][:40])
    title = _text(sent, "title", LONGEST_TITLE)
    if not title:
        raise Refused(422, "A proposal needs a title.", field="title")
    begun = await house.town.begin(scene, title, _text(sent, "words", LONGEST_WORDS))
    house.counts["proposals"] += 1
    return Json(proposal_json(begun, await house.town.room(begun.id)), 201, {"Location": f"/api/proposals/{begun.id}"})


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
async def one(house: Here, id: str) -> Response:
    """Title, words, status and where its log stands."""
    room = await _room(house, id)
    return Json(proposal_json(room.proposal, room))


@router.get("/proposals/{id}/edits", summary="The edits of a proposal")
async def edits(house: Here, id: str) -> Response:
    """`edits` holds the edits that stand, as the command line takes them; `log` everything that happened."""
    room = await _room(house, id)
    return Json(
        {
            "scene": room.proposal.scene,
            "base": room.proposal.base,
            "seq": room.seq,
            "edits": room.standing(),
            "log": room.logged(),
        }
    )


@router.post("/proposals/{id}/edits", status_code=201, summary="Change the city of a proposal", openapi_extra=EDIT_BODY)
async def edit(
    request: Request,
    house: Here,
    id: str,
    dry_run: Annotated[bool, Query(description="Only say what it would do.")] = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Apply one edit. It is saved before the answer comes."""
    room = await _room(house, id)
    sent = await read_object(request)
    if dry_run:
        return Json(await room.check(sent))
    by, _ = _person(request, house)
    op_id = idempotency_key or secrets.token_hex(8)
    return await _done(house, room, Wish(by=by, op_id=op_id, kind="edit", edit=sent))


@router.post("/proposals/{id}/undo", status_code=201, summary="Take back your latest edit")
async def undo(request: Request, house: Here, id: str, idempotency_key: IdempotencyKey = None) -> Response:
    """Take back the latest edit of yours that stands.

    Who has no pseudonym here and nothing of their own to take back takes back the latest edit of all.
    """
    room = await _room(house, id)
    await _no_body(request)
    by, anyones = _person(request, house)
    op_id = idempotency_key or secrets.token_hex(8)
    return await _done(house, room, Wish(by=by, op_id=op_id, kind="undo", anyones=anyones))


@router.post("/proposals/{id}/redo", status_code=201, summary="Do again what you took back")
async def redo(request: Request, house: Here, id: str, idempotency_key: IdempotencyKey = None) -> Response:
    """Do again the edit that you took back last."""
    room = await _room(house, id)
    await _no_body(request)
    by, anyones = _person(request, house)
    op_id = idempotency_key or secrets.token_hex(8)
    return await _done(house, room, Wish(by=by, op_id=op_id, kind="redo", anyones=anyones))


@router.get("/proposals/{id}/impacts", summary="What the proposal does to people")
async def impacts(house: Here, id: str) -> Response:
    """Indicators and layers as far as they are known; `status` is running until all models are done."""
    room = await _room(house, id)
    room.wake()
    return Json(room.impacts(), headers={"Cache-Control": "no-store"})


def proposal_json(proposal: Proposal, room: Room | None = None) -> messages.Json:
    """A proposal as it is told."""
    told: messages.Json = {
        "id": proposal.id,
        "scene": proposal.scene,
        "title": proposal.title,
        "words": proposal.words,
        "status": proposal.state,
        "base": proposal.base,
        "code": proposal.code,
        "created": dt.datetime.fromtimestamp(proposal.created, dt.UTC).isoformat(timespec="seconds"),
    }
    if room is not None:
        told |= {"seq": room.seq, "epoch": room.epoch}
    return told


async def _room(house: House, id: str) -> Room:
    await house.scene_of(id)
    return await house.town.room(id)


async def _done(house: House, room: Room, wish: Wish) -> Response:
    told = await room.do(wish)
    house.counts[f"{wish.kind}s"] += 1
    return Json(told, 201)


def _person(request: Request, house: House) -> tuple[str, bool]:
    """Who asks, and whether they speak for anyone. Raises Refused for a token that is not ours."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return ANYONE, True
    person = house.people.recognise(token.strip()) if kind.lower() == "bearer" else None
    if person is None:
        raise Refused(401, "This token is not one of this server's.", {"WWW-Authenticate": "Bearer"})
    return person, False


def _text(sent: messages.Json, name: str, longest: int) -> str:
    value = sent.get(name, "")
    if not isinstance(value, str):
        raise Refused(422, f"The {name} is a text.", field=name)
    if len(value) > longest:
        raise Refused(422, f"The {name} has {len(value)} letters; {longest} fit.", field=name)
    return "".join(c for c in value if c.isprintable() or c in "\n\t").strip()


async def _no_body(request: Request) -> None:
    """Undo and redo take nothing but perhaps an empty object. Raises Refused."""
    body = (await read_body(request)).strip()
    if body and (body[:1] != b"{" or body[-1:] != b"}" or body[1:-1].strip()):
        raise Refused(422, "Undo and redo take no content.")
