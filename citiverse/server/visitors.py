"""Who asks for something, and what the link they came by lets them do."""

import hmac
import secrets
from typing import Annotated, Literal

from fastapi import Depends, Header, Query
from starlette.requests import Request

from citiverse.server.house import House
from citiverse.server.problems import Refused
from citiverse.session.life import DECIDED
from citiverse.session.people import ANYONE
from citiverse.session.record import Proposal, State

Role = Literal["planner", "citizen", "viewer"]
LONGEST_OP_ID = 200

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=LONGEST_OP_ID, description="A repeat with the same key gets the first answer."),
]


def _key(
    citiverse_key: Annotated[
        str | None, Header(max_length=80, description="The word of the link by which you came.")
    ] = None,
    key: Annotated[str | None, Query(max_length=80, description="As the header Citiverse-Key, for links.")] = None,
) -> str:
    return citiverse_key or key or ""


Key = Annotated[str, Depends(_key)]


def role_of(house: House, proposal: Proposal, key: str) -> Role:
    """What the link that someone came by lets them do. Raises Refused for a word that is none of the proposal's.

    Planners may all that citizens may, and decide. Whoever tries a server out alone is everything at once where they
    came by no link.
    """
    word = key.lower()
    if word and hmac.compare_digest(word.encode(), house.planners.encode()):
        return "planner"
    match word:
        case proposal.code:
            return "citizen"
        case "" if proposal.access == "open":
            return "planner" if house.settings.tried_out else "citizen"
        case "" | proposal.look:
            return "viewer"
        case _:
            raise Refused(403, "This link does not belong to this proposal.")


def may_bring(role: Role, to: State) -> bool:
    """Whether someone may bring a proposal into a state, where it can come to that."""
    return role == "planner" or (role == "citizen" and to not in DECIDED)


def check_may_change(house: House, proposal: Proposal, key: str) -> None:
    """Check that someone may change a proposal or speak in it. Raises Refused."""
    if role_of(house, proposal, key) == "viewer":
        raise Refused(403, "You came by a link for looking; changing needs the link for taking part.")


def check_may_review(house: House, proposal: Proposal, key: str) -> None:
    """Check that someone may decide on a proposal. Raises Refused."""
    if role_of(house, proposal, key) != "planner":
        raise Refused(403, "Deciding on a proposal needs the planners’ link, which whoever runs this server gives out.")


def person_of(request: Request, house: House) -> tuple[str, bool]:
    """Who asks, and whether they speak for anyone. Raises Refused for a token that is not ours."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return ANYONE, True
    person = house.people.recognise(token.strip()) if kind.lower() == "bearer" else None
    if person is None:
        raise Refused(401, "This token is not one of this server's.", {"WWW-Authenticate": "Bearer"})
    return person, False


def author(request: Request, house: House, proposal: Proposal) -> str:
    """Who began a proposal, where they ask, or anyone where nobody knows who did. Raises Refused."""
    by, _ = person_of(request, house)
    if proposal.by not in ("", ANYONE, by):
        raise Refused(403, "Only who began a proposal can do this.")
    return by


def operation_id(given: str | None) -> str:
    """The id under which an operation is known."""
    return given or secrets.token_hex(8)
