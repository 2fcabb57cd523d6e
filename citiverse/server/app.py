"""The application: routes over a town hall, and the scene that is opened while it already answers."""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import numpy as np
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from citiverse import __version__, resources
from citiverse.scene.build import draw_again, leaves_near
from citiverse.server.guard import Guard
from citiverse.server.house import House, Opening, Stopped
from citiverse.server.problems import add_problem_handlers
from citiverse.server.routes import (
    client,
    compare,
    docs,
    exports,
    features,
    health,
    imports,
    live,
    models,
    pages,
    patterns,
    pictures,
    proposals,
    reviews,
    scenes,
    together,
)
from citiverse.server.settings import Settings
from citiverse.server.shapes import openapi
from citiverse.session.imports import measured
from citiverse.session.opening import CannotOpen, open_scene
from citiverse.session.people import People, planners_word, secret_of
from citiverse.session.reopening import remembered, reopen
from citiverse.session.scene import OpenScene
from citiverse.session.store import store_in
from citiverse.session.townhall import TownHall
from citiverse.session.workers import Workers, away

logger = logging.getLogger(__name__)

TOPICS = (
    health,
    docs,
    scenes,
    features,
    proposals,
    patterns,
    together,
    reviews,
    pictures,
    compare,
    models,
    exports,
    imports,
    live,
    pages,
    client,
)  # in the order in which they are asked; the client takes what is left
_SMALLEST_SQUEEZED = 800
_TILE_BYTES = 4 << 30
_REMEMBERED_LEAVES = 160
_REMEMBER_PAUSE_S = 0.2  # there is no haste, and someone may be at work


def create_app(settings: Settings) -> FastAPI:
    """The server as an ASGI application. It answers at once; the scene is opened in the background."""
    counts: Counter[str] = Counter()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house = _house(settings, counts)
        app.state.house = house
        opening = asyncio.create_task(_open_all(house))
        try:
            yield
        finally:
            house.opening.stopped = True
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await house.town.close()

    app = FastAPI(
        title="CitiVERSE",
        version=__version__,
        summary="A live 3D city that citizens change, measure and bring to the planners",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    add_problem_handlers(app)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST_SQUEEZED, compresslevel=5)
    app.add_middleware(Guard, settings=settings, counts=counts)
    for topic in TOPICS:
        app.include_router(topic.router)
    app.openapi = _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> Callable[[], dict[str, object]]:
    return lambda: openapi(app)


def _house(settings: Settings, counts: Counter[str]) -> House:
    return House(
        settings=settings,
        town=TownHall(store_in(settings.data), Workers()),
        people=People(secret_of(settings.data / "secret")),
        planners=planners_word(settings.data / "planners"),
        opening=Opening(settings.scene),
        waiting=[name for name in remembered(settings.data) if name != settings.scene],
        client=settings.client or resources.client(),
        counts=counts,
    )


async def _open_all(house: House) -> None:
    """Open the scene, then those that were imported before, then assess the first one as it is."""
    scene = await _open(house)
    with suppress(Stopped):
        await reopen(house.town, house.settings.data, house.waiting, house.opening.go_on)
        if scene is not None:
            await _settle(house, scene)


async def _open(house: House) -> OpenScene | None:
    """Open the scene; None where that can't be, and the log and whoever asks for it are told why."""
    opening, town = house.opening, house.town
    try:
        scene = await away(town.workers.tiles, open_scene, opening.scene, house.settings.data, opening.progress)
    except CannotOpen as reason:
        opening.failure = str(reason)
        logger.error("%s", reason)  # noqa: TRY400 a sentence for whoever runs the server; a traceback says no more
        return None
    except Stopped:
        return None
    except Exception:
        opening.failure = f"{opening.scene} could not be opened; the server's log says why."
        logger.exception("%s could not be opened.", opening.scene)
        return None
    gc.collect()
    gc.freeze()  # a scene stays as long as the server: nobody need look again whether its features are garbage
    town.scenes[scene.name] = scene
    opening.progress("Ready", 1.0)
    logger.info("%s is ready: %d features, %d tiles.", scene.title, len(scene.city), len(scene.tiles))
    return scene


async def _settle(house: House, scene: OpenScene) -> None:
    """Assess a scene as it is, which also compiles the models' kernels, and keep what later sessions need of it."""
    town = house.town
    if not await measured(town, scene):
        return
    try:
        await town.keep_base(scene)
    except OSError:
        logger.exception(
            "%s could not be kept; after a new import its proposals find things by their ids alone.", scene.title
        )
    await away(town.workers.tiles, scene.shelf.tidy, _TILE_BYTES)
    await _remember_leaves(house, scene)


async def _remember_leaves(house: House, scene: OpenScene) -> None:
    """Draw the leaves around the first view once, one at a time so that edits go between them."""
    ((x, y),) = scene.city.frame.to_local(np.array([scene.start["at"]]))
    pool = house.town.workers.tiles
    for square in (await away(pool, leaves_near, scene.city, (float(x), float(y))))[:_REMEMBERED_LEAVES]:
        await away(pool, draw_again, scene.city, square)
        await asyncio.sleep(_REMEMBER_PAUSE_S)
