"""Trials: what something would do, without doing it."""

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response

from citiverse.server.problems import problem_of
from citiverse.server.replies import Json
from citiverse.session import messages

LENIENT = "handling=lenient"  # RFC 7240, 4.4


async def tried_out(request: Request, work: Awaitable[messages.Json]) -> Response:
    """What a trial tells. A refusal is one, as of the thing itself, unless the client prefers to be told of it.

    With the header "Prefer: handling=lenient" (RFC 7240) the answer is 200, and its `problem` the refusal: for those
    who ask on every move of a hand, where a refusal is no error.
    """
    try:
        told = await work
    except Exception as error:
        document = problem_of(error)
        if document is None or LENIENT not in request.headers.get("prefer", "").replace(" ", "").lower():
            raise
        return Json({"dry_run": True, "problem": document}, headers={"Preference-Applied": LENIENT})
    return Json(told)
