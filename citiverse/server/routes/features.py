"""Features of a scene or a proposal, as GeoJSON."""

import math
from typing import Annotated
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import APIRouter, Query, Response

from citiverse.city.city import City
from citiverse.city.feature import KINDS, Feature
from citiverse.gis.geojson import features_json
from citiverse.server.features import near
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.replies import Json
from citiverse.server.routes.proposals import Seq
from citiverse.session import messages
from citiverse.session.workers import away

router = APIRouter(prefix="/api/scenes/{scene}/features", tags=["features"])

MOST = 1000
FARTHEST_M = 20_000.0
_MEDIA_TYPE = "application/geo+json"

Proposal = Annotated[str | None, Query(max_length=80, description="Id of a proposal whose city to look at.")]
Near = Annotated[
    str | None, Query(max_length=80, description="Longitude and latitude: LON,LAT.", examples=["24.94,60.17"])
]
Kind = Annotated[str | None, Query(max_length=200, description=f"One or more of {', '.join(KINDS)}, with commas.")]


@router.get("", summary="Features of a city")
async def collection(
    house: Here,
    scene: str,
    near: Near = None,
    radius_m: Annotated[
        float, Query(gt=0, le=FARTHEST_M, allow_inf_nan=False, description="Metres around `near`.")
    ] = 250.0,
    kind: Kind = None,
    name: Annotated[str | None, Query(max_length=200, description="Part of a name.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    proposal: Proposal = None,
    seq: Seq = None,
) -> Response:
    """A GeoJSON FeatureCollection: the nearest first around a place, else in the order of the data.

    Each value that may be doubted says its unit, its basis (measured, tagged or estimated) and its source. `next` is
    the address of what follows.
    """
    city = await _city(house, scene, proposal, seq)
    kinds = _kinds(kind)
    at = _position(near) if near is not None else None
    found, matched = await away(house.town.workers.edits, _found, city, at, radius_m, kinds, name or "", offset, limit)
    collected: messages.Json = {"type": "FeatureCollection", "numberMatched": matched, "features": found}
    if offset + len(found) < matched:
        given = {
            "near": near,
            "radius_m": radius_m if near else None,
            "kind": kind,
            "name": name,
            "proposal": proposal,
            "seq": seq,
        }
        query = {key: value for key, value in given.items() if value is not None}
        collected["next"] = f"/api/scenes/{quote(scene)}/features?" + urlencode(
            {**query, "limit": limit, "offset": offset + len(found)}
        )
    return Json(collected, media_type=_MEDIA_TYPE)


@router.get("/{id:path}", summary="One feature")
async def one(house: Here, scene: str, id: str, proposal: Proposal = None, seq: Seq = None) -> Response:
    """A GeoJSON feature with all that is known of it."""
    city = await _city(house, scene, proposal, seq)
    feature = city.get(id)
    if feature is None:
        raise Refused(404, f"There is nothing with the id {id[:200]} in {city.title}.")
    (told,) = await away(house.town.workers.edits, features_json, city, [feature])
    return Json(told, media_type=_MEDIA_TYPE)


async def _city(house: House, scene: str, proposal: str | None, seq: int | None) -> City:
    shown = house.scene(scene)
    if proposal is None:
        return shown.city
    room = await house.town.room(proposal)
    if room.scene is not shown:
        raise Refused(404, f"The proposal {proposal} is for another scene.")
    return (await house.town.branch_at(room, seq)).city


def _found(
    city: City,
    at: tuple[float, float] | None,
    radius_m: float,
    kinds: frozenset[str],
    name: str,
    offset: int,
    limit: int,
) -> tuple[list[messages.Json], int]:
    """One page of features and how many there are in all."""
    part = name.casefold()

    def wanted(feature: Feature) -> bool:
        return (not kinds or feature.kind in kinds) and (not part or part in feature.name.casefold())

    if at is None:
        matching = [feature for feature in city.features() if wanted(feature)]
        return features_json(city, matching[offset : offset + limit]), len(matching)
    around = near(city, city.frame.to_local(np.array([at]))[0], radius_m, kinds)
    close = [(distance, feature) for distance, feature in around if wanted(feature)]
    page = close[offset : offset + limit]
    distances = [{"distance_m": round(distance, 2)} for distance, _ in page]
    return features_json(city, [feature for _, feature in page], distances), len(close)


def _kinds(kind: str | None) -> frozenset[str]:
    kinds = frozenset(each.strip() for each in (kind or "").split(",") if each.strip())
    if unknown := sorted(kinds - set(KINDS)):
        raise Refused(422, f"There is no kind {unknown[0][:40]}; there are {', '.join(KINDS)}.", field="kind")
    return kinds


def _position(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        lon, lat = (float(each) for each in parts)
    except ValueError:
        raise Refused(422, "near is a longitude and a latitude: LON,LAT.", field="near") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180.0 and abs(lat) <= 90.0):
        raise Refused(422, "near is a longitude from -180 to 180 and a latitude from -90 to 90.", field="near")
    return lon, lat
