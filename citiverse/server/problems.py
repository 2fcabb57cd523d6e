"""Refusals as problem documents (RFC 9457): whatever goes wrong, `detail` is a sentence for a person."""

import logging
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from citiverse.city.change import ChangeConflict
from citiverse.city.city import NotInCity
from citiverse.city.frame import FrameError
from citiverse.proposal.edit import EditInvalid, EditRefused
from citiverse.proposal.pattern import PatternUnknown
from citiverse.session.begetting import ConflictsLeft, OtherBase
from citiverse.session.branch import EditedSince, NothingThere
from citiverse.session.carrying import OrphansLeft
from citiverse.session.library import NoModel
from citiverse.session.life import IllegalState
from citiverse.session.log import LogError, LogFull, TakenOtherwise
from citiverse.session.messages import Json
from citiverse.session.townhall import NoSuchProposal, NoSuchRevision, NoSuchScene
from citiverse.session.wishes import OperationReused

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
SCHEMA: Json = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "field": {"type": "string", "description": "Path of the field at fault, such as area.0.3."},
        "at": {"type": "array", "items": {"type": "number"}, "description": "Longitude and latitude of the trouble."},
        "ids": {"type": "array", "items": {"type": "string"}, "description": "Features that stand in the way."},
    },
}


_REFUSALS: tuple[type[Exception], ...] = (
    EditInvalid,
    EditRefused,
    NotInCity,
    NoModel,
    FrameError,
    ChangeConflict,
    NothingThere,
    OperationReused,
    NoSuchProposal,
    NoSuchScene,
    NoSuchRevision,
    PatternUnknown,
    IllegalState,
    OtherBase,
    OrphansLeft,
    ConflictsLeft,
    EditedSince,
    LogError,
)  # fmt: skip    whatever `problem_of` knows besides Refused


class Refused(Exception):
    """A refusal with its HTTP status and sentence; `more` are further members of the problem document."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.more = more


def problem(status: int, detail: str, **more: object) -> Json:
    """A problem document."""
    given = {name: value for name, value in more.items() if value not in (None, "", ())}
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **given}


def problem_of(error: Exception) -> Json | None:
    """The problem document for what a room, a city or the log refuses; None for an error that is no refusal."""
    sentence = str(error)
    match error:
        case Refused():
            return problem(error.status, error.detail, **error.more)
        case EditInvalid():
            return problem(422, sentence, field=error.field)
        case EditRefused():
            return problem(422, sentence, at=error.at, field=error.field)
        case NotInCity() | FrameError() | NoModel():
            return problem(422, sentence)
        case ChangeConflict():
            return problem(409, sentence, ids=error.ids)
        case OrphansLeft() | ConflictsLeft():
            return problem(409, sentence, **error.told)
        case EditedSince():
            return problem(409, sentence, ids=tuple(error.versions), versions=error.versions)
        case NothingThere() | OperationReused() | TakenOtherwise() | IllegalState() | OtherBase():
            return problem(409, sentence)
        case NoSuchProposal() | NoSuchScene() | NoSuchRevision() | PatternUnknown():
            return problem(404, sentence)
        case LogFull():
            return problem(507, sentence)
        case LogError():
            return problem(503, sentence)
        case _:
            return None


def answer(document: Json, headers: dict[str, str] | None = None) -> Response:
    """A problem document as a response."""
    return Response(orjson.dumps(document), document["status"], headers, MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document; the log keeps what was the server's own fault."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    kinds: tuple[type[Exception], ...] = (Refused, *_REFUSALS)
    for kind in kinds:
        app.add_exception_handler(kind, _on_refusal)
    app.add_exception_handler(Exception, _on_fault)


async def _on_refusal(request: Request, error: Exception) -> Response:
    document = problem_of(error)
    if document is None:
        return await _on_fault(request, error)
    return answer(document, error.headers if isinstance(error, Refused) else None)


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _on_fault(request, error)
    sentences = {
        404: f"There is nothing at {request.url.path[:200]}.",
        405: f"{request.method} is not possible at {request.url.path[:200]}.",
    }
    detail = sentences.get(error.status_code) or f"{error.detail}".rstrip(".") + "."
    return answer(problem(error.status_code, detail), dict(error.headers or {}))


async def _on_invalid(_: Request, error: Exception) -> Response:
    """A query or path parameter that cannot be; without the value that was sent, which may be anything."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    where = ".".join(str(part) for part in faults[0]["loc"][1:]) if faults else ""
    message = str(faults[0]["msg"]).rstrip(".") if faults else "This request cannot be understood"
    return answer(problem(422, f"{where}: {message}." if where else f"{message}.", field=where))


async def _on_fault(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed.", request.method, request.url.path, exc_info=error)
    return answer(problem(500, "Something went wrong on the server; its log says more."))
