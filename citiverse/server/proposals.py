"""A proposal as routes find and tell it."""

from citiverse.server.house import House
from citiverse.server.problems import Refused
from citiverse.server.visitors import Role, may_bring, role_of
from citiverse.session.life import NEXT
from citiverse.session.messages import Json
from citiverse.session.record import Decision, Origin, Proposal
from citiverse.session.room import Room
from citiverse.session.telling import decision_json, told_time
from citiverse.session.workers import away


async def room_of(house: House, id: str) -> Room:
    """The room of a proposal. Raises NoSuchProposal, NoSuchScene, Refused while its scene is being opened."""
    await house.scene_of(id)
    return await house.town.room(id)


async def whole_json(house: House, room: Room, key: str) -> Json:
    """All that stands about a proposal, for someone who came by the link with the word `key`."""
    log, id, pool = house.town.log, room.proposal.id, house.town.workers.edits
    decisions: list[Decision] = await away(pool, log.decisions, id)
    origins: list[Origin] = await away(pool, log.origins, id)
    forks: list[Proposal] = await away(pool, log.offspring, id)
    frozen = next((each for each in decisions if each.state == "submitted"), None)
    told = proposal_json(room.proposal, key)
    role = _role(house, room.proposal, key)
    return {
        **told,
        "seq": room.seq,
        "epoch": room.epoch,
        "revision": room.branch.city.fingerprint(),
        "up_to_date": room.up_to_date,
        "settled": room.settled,
        "frozen": {"seq": frozen.seq, "revision": frozen.revision} if frozen else None,
        "decisions": [decision_json(each) for each in decisions],
        "role": role,
        "next_states": [each for each in NEXT[room.proposal.state] if may_bring(role, each)],
        "origins": [{"proposal": each.proposal, "seq": each.seq} for each in origins],
        "forks": [each.id for each in forks],
    }


def _role(house: House, proposal: Proposal, key: str) -> Role:
    """What someone may do who only asks: the word of another proposal's link is none here."""
    try:
        return role_of(house, proposal, key)
    except Refused:
        return role_of(house, proposal, "")


def proposal_json(proposal: Proposal, key: str = "") -> Json:
    """A proposal in short; its take-part word only where it lets nobody do more than they may."""
    told: Json = {
        "id": proposal.id,
        "scene": proposal.scene,
        "title": proposal.title,
        "words": proposal.words,
        "status": proposal.state,
        "by": proposal.by,
        "base": proposal.base,
        "access": proposal.access,
        "look": proposal.look,
        "page": f"/p/{proposal.id}",
        "created": told_time(proposal.created),
    }
    if proposal.access == "open" or key.lower() == proposal.code:
        told["code"] = proposal.code
    return told
