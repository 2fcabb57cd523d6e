"""3D files that people bring to place in the city."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from citiverse.server.body import read_body
from citiverse.server.house import Here
from citiverse.server.problems import Refused
from citiverse.server.replies import Json
from citiverse.server.shapes import MODEL_BODY
from citiverse.session.library import MOST_BYTES, model_json
from citiverse.session.workers import away

router = APIRouter(prefix="/api/models", tags=["models"])

MOST_AT_ONCE = 2

Title = Annotated[str, Query(max_length=120, description="What it is called.")]
Up = Annotated[
    Literal["y", "z"] | None, Query(description="Which axis of the file points up: usually that of its kind.")
]


@router.post("", status_code=201, summary="Bring a 3D file", openapi_extra=MODEL_BODY)
async def bring(request: Request, house: Here, title: Title = "", up: Up = None) -> Response:
    """Read, clean and, where it is heavy, simplify a file; `id` is what `place_model` takes. Its unit is the metre.

    `notes` say what became of the file. What fetches other files, goes in loops or is too large is refused.
    """
    content = await read_body(request, MOST_BYTES)
    if not content:
        raise Refused(400, "The request is empty; send the file.")
    if house.bringing >= MOST_AT_ONCE:
        raise Refused(503, "Other files are being read; please come back in a moment.", {"Retry-After": "5"})
    house.bringing += 1
    try:
        name = "".join(c for c in title if c.isprintable()).strip()
        told = await away(house.town.workers.pictures, house.town.library.bring, content, name, up or "")
    finally:
        house.bringing -= 1
    house.counts["models"] += 1
    return Json(told, 201, {"Location": f"/api/models/{told['id']}"})


@router.get("/{id}", summary="A model")
async def one(house: Here, id: str) -> Response:
    """Its title, size and footprint."""
    model = await away(house.town.workers.edits, house.town.library.get, id)
    if model is None:
        raise Refused(404, f"There is no model {id[:80]} here.")
    return Json(model_json(model))
