"""Pages that anyone can read and print: a proposal at its permanent address, and proposals side by side."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.proposal.cost import cost_of
from citiverse.proposal.guard import warnings
from citiverse.proposal.situation import EditWarning
from citiverse.server.comparison import comparison_page
from citiverse.server.house import Here, House
from citiverse.server.page import Sheet, proposal_page
from citiverse.server.proposals import room_of
from citiverse.server.routes.compare import MOST_WAIT_S, compared
from citiverse.server.routes.proposals import Seq
from citiverse.server.sitemap import site_map
from citiverse.server.visitors import Key, role_of
from citiverse.server.words import Words, language_of, words_in
from citiverse.session.branch import Branch
from citiverse.session.history import history
from citiverse.session.room import Room
from citiverse.session.workers import away

router = APIRouter(include_in_schema=False)

_HTML = "text/html; charset=utf-8"
Lang = Annotated[str | None, Query(max_length=10)]
Accepted = Annotated[str, Header(alias="Accept-Language", max_length=2000)]


@router.get("/p/{id}")
async def proposal(
    house: Here, id: str, key: Key, seq: Seq = None, lang: Lang = None, accepted: Accepted = ""
) -> Response:
    """The page of a proposal as it is, or as it was after event `seq`."""
    room = await room_of(house, id)
    branch = await house.town.branch_at(room, seq)
    words = words_in(language_of(lang, accepted))
    sheet = await _sheet(house, room, branch, key, words)
    page = await away(house.town.workers.edits, proposal_page, sheet, words)
    return Response(page, media_type=_HTML, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


@router.get("/compare")
async def side_by_side(
    house: Here,
    of: Annotated[str, Query(max_length=400)],
    wait_s: Annotated[float, Query(ge=0, le=MOST_WAIT_S, allow_inf_nan=False)] = 0.0,
    lang: Lang = None,
    accepted: Accepted = "",
) -> Response:
    """The table of `/api/compare` as a page."""
    told = await compared(house, of, wait_s)
    words = words_in(language_of(lang, accepted))
    address = "of=" + ",".join(f"{each['id']}@{each['seq']}" for each in told["proposals"])
    page = comparison_page(told, address, words)
    return Response(page, media_type=_HTML, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


async def _sheet(house: House, room: Room, branch: Branch, key: str, words: Words) -> Sheet:
    log, id, pool = house.town.log, room.proposal.id, house.town.workers.edits
    steps = [step for step in branch.steps.values() if not step.undone]
    seq, latest, events = branch.seq, room.seq, list(branch.events)
    change = room.scene.city.change_to(branch.city)
    impacts = await house.town.impacts_at(room, branch)
    decisions = [each for each in await away(pool, log.decisions, id) if each.seq <= seq]
    wordings = [each for each in await away(pool, log.wordings, id) if each.seq <= seq]
    found, drawn = await away(pool, _drawn, room.scene.city, change, words)
    return Sheet(
        proposal=room.proposal,
        scene=room.scene,
        seq=seq,
        latest=latest,
        steps=steps,
        up_to_date=room.up_to_date,
        impacts=impacts,
        cost=cost_of(change, room.scene.prices),
        warnings=found,
        decisions=decisions,
        comments=await away(pool, log.comments, id),
        origins=[await house.town.proposal(each.proposal) for each in await away(pool, log.origins, id)],
        forks=await away(pool, log.offspring, id),
        history=history(room.proposal, events, {step.event.seq for step in steps if step.stands}, decisions, wordings),
        map=drawn,
        key=key,
        may_comment=role_of(house, room.proposal, key) != "viewer",
    )


def _drawn(base: City, change: Change, words: Words) -> tuple[tuple[EditWarning, ...], str]:
    title, description = words("page.map"), words.sentences["page.map.desc"]
    return warnings(base, change), site_map(base, change, title=title, description=description)
