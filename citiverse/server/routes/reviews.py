"""What becomes of a proposal, and what people say about it."""

import time
from typing import Annotated, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from citiverse.server.body import NotJson, only, parse_object, read_body, read_object, text_in
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.proposals import room_of, whole_json
from citiverse.server.replies import Json
from citiverse.server.shapes import COMMENT_BODY, REASON_BODY, REVIEW_BODY
from citiverse.server.visitors import (
    IdempotencyKey,
    Key,
    author,
    check_may_change,
    check_may_review,
    operation_id,
    person_of,
)
from citiverse.session import messages
from citiverse.session.history import history
from citiverse.session.life import DECIDED
from citiverse.session.record import Comment, State
from citiverse.session.room import Room
from citiverse.session.telling import NOTHING_SAID, comment_json
from citiverse.session.workers import away

router = APIRouter(prefix="/api/proposals/{id}", tags=["reviews"])

LONGEST_REASON, LONGEST_COMMENT, MOST_COMMENTS = 5_000, 5_000, 10_000
_FORM = "application/x-www-form-urlencoded"


@router.post("/submit", summary="Submit a proposal", openapi_extra=REASON_BODY)
async def submit(request: Request, house: Here, id: str, key: Key) -> Response:
    """Freeze the proposal as it is now: what is said of it from now on speaks of this revision."""
    sent = await _maybe_object(request)
    only(sent, "reason")
    return await _decided(request, house, id, key, "submitted", text_in(sent, "reason", LONGEST_REASON))


@router.post("/withdraw", summary="Withdraw a proposal", openapi_extra=REASON_BODY)
async def withdraw(request: Request, house: Here, id: str, key: Key) -> Response:
    """Give a draft or a submitted proposal up; only who began it may, where they have a pseudonym here."""
    room = await room_of(house, id)
    sent = await _maybe_object(request)
    only(sent, "reason")
    author(request, house, room.proposal)
    return await _decided(request, house, id, key, "withdrawn", text_in(sent, "reason", LONGEST_REASON))


@router.post("/review", summary="Accept or reject a proposal", openapi_extra=REVIEW_BODY)
async def review(request: Request, house: Here, id: str, key: Key) -> Response:
    """Decide on a submitted proposal, with a reason.

    For those who come by the planners' link, whose word stands in the file `planners` of the data folder.
    """
    sent = await read_object(request)
    only(sent, "decision", "reason")
    decision: Literal["accepted", "rejected"]
    match sent.get("decision"):
        case "accepted":
            decision = "accepted"
        case "rejected":
            decision = "rejected"
        case _:
            raise Refused(422, "decision is accepted or rejected.", field="decision")
    reason = text_in(sent, "reason", LONGEST_REASON)
    if not reason:
        raise Refused(422, "A decision needs its reason.", field="reason")
    return await _decided(request, house, id, key, decision, reason)


@router.get("/comments", summary="What people say about a proposal")
async def comments(house: Here, id: str) -> Response:
    """The oldest first; `feature` or `at` say where one is pinned."""
    room = await room_of(house, id)
    found = await away(house.town.workers.edits, house.town.log.comments, room.proposal.id)
    return Json({"comments": [comment_json(each) for each in found]})


@router.post("/comments", status_code=201, summary="Say something about a proposal", openapi_extra=COMMENT_BODY)
async def comment(request: Request, house: Here, id: str, key: Key, idempotency_key: IdempotencyKey = None) -> Response:
    """A comment, maybe pinned to a `feature` of the proposal's city or `at` a longitude and latitude.

    A form of a page may be sent as well; who sends one is led back to the page.
    """
    room = await room_of(house, id)
    check_may_change(house, room.proposal, key)
    by, _ = person_of(request, house)
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
    sent = await _form(request) if is_form else await read_object(request)
    only(sent, "text", "feature", "at", "reply_to")
    said = await _comment(house, room, sent, by, operation_id(idempotency_key))
    kept = await room.say(said)
    house.counts["comments"] += 1
    if is_form:
        return RedirectResponse(f"/p/{id}#comment-{kept.id}", 303)
    return Json(comment_json(kept), 201)


@router.get("/history", summary="The history of a proposal")
async def whole_history(house: Here, id: str, limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000) -> Response:
    """All that happened, the oldest first: who, when, and a sentence on what; the newest `limit` of it."""
    room = await room_of(house, id)
    decisions = await away(house.town.workers.edits, house.town.log.decisions, id)
    standing = {step.event.seq for step in room.branch.standing}
    wordings = await away(house.town.workers.edits, house.town.log.wordings, id)
    told = history(room.proposal, room.branch.events, standing, decisions, wordings)
    return Json({"seq": room.seq, "history": [_in_json(each) for each in told[-limit:]]})


def _in_json(line: messages.Json) -> messages.Json:
    said = line.get("said", NOTHING_SAID)
    return {**line, "said": said.sentences} if said.sentences else {k: v for k, v in line.items() if k != "said"}


async def _decided(request: Request, house: House, id: str, key: str, to: State, reason: str) -> Response:
    room = await room_of(house, id)
    (check_may_review if to in DECIDED else check_may_change)(house, room.proposal, key)
    by, _ = person_of(request, house)
    await room.decide(to, by, reason)
    house.counts[to] += 1
    return Json(await whole_json(house, room, key))


async def _maybe_object(request: Request) -> messages.Json:
    """The object that a request carries, empty where it carries nothing. Raises Refused."""
    body = await read_body(request)
    if not body.strip():
        return {}
    try:
        return parse_object(body)
    except NotJson as error:
        raise Refused(400, str(error)) from None


async def _form(request: Request) -> messages.Json:
    try:
        fields = parse_qs((await read_body(request)).decode(), strict_parsing=False, max_num_fields=20)
    except ValueError:
        raise Refused(400, "This form cannot be read.") from None
    return {name: values[0] for name, values in fields.items()}


async def _comment(house: House, room: Room, sent: messages.Json, by: str, id: str) -> Comment:
    text = text_in(sent, "text", LONGEST_COMMENT)
    if not text:
        raise Refused(422, "A comment needs a text.", field="text")
    feature = text_in(sent, "feature", 200)
    if feature and room.branch.city.get(feature) is None and room.scene.city.get(feature) is None:
        raise Refused(422, f"There is nothing with the id {feature} here.", field="feature")
    place = _place(sent.get("at"))
    if feature and place:
        raise Refused(422, "Pin a comment to a feature or to a place, not to both.", field="at")
    known = await away(house.town.workers.edits, house.town.log.comments, room.proposal.id)
    if len(known) >= MOST_COMMENTS:
        raise Refused(409, f"There are {MOST_COMMENTS:,} comments on this proposal; it takes no more.")
    reply_to = text_in(sent, "reply_to", 200)
    if reply_to and reply_to not in {each.id for each in known}:
        raise Refused(422, "The comment that this replies to is not here.", field="reply_to")
    return Comment(
        id=id, proposal=room.proposal.id, by=by, text=text, at=time.time(), seq=room.seq, feature=feature, place=place,
        reply_to=reply_to,
    )  # fmt: skip


def _place(at: object) -> tuple[float, float] | None:
    if at is None:
        return None
    match at:
        case [int() | float() as lon, int() | float() as lat] if abs(lon) <= 180.0 and abs(lat) <= 90.0:
            return float(lon), float(lat)
        case _:
            raise Refused(422, "at is a longitude and a latitude: [LON, LAT].", field="at")
