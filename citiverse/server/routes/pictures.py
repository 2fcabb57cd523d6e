"""Before and after."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from citiverse.preview.offscreen import CannotDraw
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.proposals import room_of
from citiverse.server.replies import knows
from citiverse.server.routes.proposals import Seq
from citiverse.session.pictures import Scenery, View, scenery
from citiverse.session.workers import away

router = APIRouter(prefix="/api/proposals/{id}", tags=["pictures"])

MOST_WAITING = 24

Seen = Annotated[View, Query(description="From above, or from the street at eye height.")]


@router.get("/before.png", summary="The place as it is", response_class=Response)
async def before(request: Request, house: Here, id: str, view: Seen = "bird", seq: Seq = None) -> Response:
    """A PNG of the city as it is, where the proposal changes it."""
    return await _picture(request, house, id, view, seq, after=False)


@router.get("/after.png", summary="The place as the proposal makes it", response_class=Response)
async def after(request: Request, house: Here, id: str, view: Seen = "bird", seq: Seq = None) -> Response:
    """A PNG from the same spot as `before.png`."""
    return await _picture(request, house, id, view, seq, after=True)


async def _picture(request: Request, house: House, id: str, view: View, seq: int | None, *, after: bool) -> Response:
    town = house.town
    room = await room_of(house, id)
    branch = await town.branch_at(room, seq)
    tiles = await town.tiles_at(room, branch) if after else room.scene.tiles
    base = room.scene.city
    shown: Scenery = await away(town.workers.tiles, scenery, base, branch.city, tiles, view)
    digest = shown.digest
    headers = {"ETag": f'"{digest}"', "Cache-Control": "no-cache"}
    if knows(request, digest):
        return Response(status_code=304, headers=headers)
    if house.drawing >= MOST_WAITING:
        raise Refused(503, "Many pictures are being drawn; please come back in a moment.", {"Retry-After": "5"})
    house.drawing += 1
    try:
        drawn = await away(town.workers.pictures, town.pictures.picture, shown)
    except CannotDraw as reason:
        raise Refused(503, str(reason)) from None
    finally:
        house.drawing -= 1
    return Response(drawn, media_type="image/png", headers=headers)
