"""Whether the server lives, is ready, and how it fares."""

import time

from fastapi import APIRouter, Response

from citiverse.server.house import Here
from citiverse.server.replies import Json

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Whether the server runs")
async def live() -> Response:
    """Answers as soon as the server has started."""
    return Json({"status": "live"}, headers={"Cache-Control": "no-store"})


@router.get("/health/ready", summary="Whether the city can be seen")
async def ready(house: Here) -> Response:
    """200 once the scene is served, 503 with the progress until then."""
    scenes = {
        scene.name: {"revision": scene.revision, "features": len(scene.city), "assessed": scene.findings.measured}
        for scene in house.town.scenes.values()
    }
    told = {"status": "ready" if scenes else "starting", "scenes": scenes, "progress": house.opening.told()}
    if house.opening.failure:
        told |= {"status": "failed", "detail": house.opening.failure}
    return Json(told, 200 if scenes else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(house: Here) -> Response:
    """Text in the exposition format 0.0.4."""
    rooms = list(house.town.rooms.values())
    figures: list[tuple[str, str, str, float]] = [
        ("uptime_seconds", "gauge", "Seconds since the start.", time.monotonic() - house.began),
        ("ready", "gauge", "Whether the scene is served.", float(bool(house.town.scenes))),
        ("rooms", "gauge", "Rooms that are open.", len(rooms)),
        ("listeners", "gauge", "Live connections.", sum(len(room.audience) for room in rooms)),
        ("listeners_behind", "gauge", "Connections that are being skipped.", sum(r.audience.behind for r in rooms)),
        ("resyncs_total", "counter", "Snapshots sent to slow listeners.", sum(r.audience.resyncs for r in rooms)),
        ("dismissed_total", "counter", "Slow listeners let go.", sum(r.audience.dismissed for r in rooms)),
        ("superseded_total", "counter", "Model runs that a newer edit ended.", sum(r.superseded for r in rooms)),
    ]
    figures += [
        (f"{name}_total", "counter", f"Count of {name.replace('_', ' ')} since the start.", count)
        for name, count in sorted(house.counts.items())
    ]
    lines = [
        f"# HELP citiverse_{name} {words}\n# TYPE citiverse_{name} {kind}\ncitiverse_{name} {value:g}\n"
        for name, kind, words, value in figures
    ]
    return Response("".join(lines), media_type="text/plain; version=0.0.4; charset=utf-8")
