"""Proposals as files for other programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from citiverse.gis.export import EXPORTS
from citiverse.gis.refused import ImportRefused
from citiverse.server.house import Here
from citiverse.server.problems import Refused
from citiverse.server.proposals import room_of
from citiverse.server.routes.proposals import Seq
from citiverse.session.workers import away

router = APIRouter(prefix="/api/proposals/{id}", tags=["exports"])

_TYPES = {
    "cityjson": ("application/city+json", "city.json"), "geojson": ("application/geo+json", "geojson"),
    "gpkg": ("application/geopackage+sqlite3", "gpkg"), "dxf": ("image/vnd.dxf", "dxf"),
}  # fmt: skip

Format = Annotated[Literal["cityjson", "geojson", "gpkg", "dxf"], Query(alias="format", description="What to write.")]


@router.get("/export", summary="The city of a proposal as a file", response_class=Response)
async def export(house: Here, id: str, kind: Format, seq: Seq = None) -> Response:
    """The whole city with the edits that stand, as it is or as it was after event `seq`."""
    room = await room_of(house, id)
    branch = await house.town.branch_at(room, seq)
    name = f"{room.proposal.scene}-{id}-{branch.seq}"
    try:
        content = await away(house.town.workers.pictures, EXPORTS[kind].write, branch.city)
    except ImportRefused as reason:
        raise Refused(501, str(reason)) from None
    media_type, ending = _TYPES[kind]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
