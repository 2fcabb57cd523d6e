"""Cities that people bring: files that arrive one by one, the import in a process of its own, the scene it makes."""

import asyncio
import logging
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from citiverse.impact.model import Superseded
from citiverse.session.intake import Order
from citiverse.session.messages import Json
from citiverse.session.opening import open_scene
from citiverse.session.people import random_word
from citiverse.session.reopening import remember
from citiverse.session.scene import OpenScene
from citiverse.session.townhall import TownHall
from citiverse.session.workers import away

logger = logging.getLogger(__name__)

Status = Literal["waiting", "running", "done", "failed"]

MOST_BYTES = 2 << 30  # of all files of an import together
MOST_FILES = 60
MOST_DRAFTS = 8
LEFT_FREE_BYTES = 1 << 30  # on the disk
LONGEST_S = 3600.0
FORGOTTEN_AFTER_S = 24 * 3600.0
ID_LETTERS = 16
LEAVE_CODE = 1012  # RFC 6455 and IANA: the service restarts
LONGEST_LINE = 64 << 20  # bytes of one answer of the process; a report of a large city has some 100 kB


class NoSuchImport(LookupError):
    """An import that is not known here."""


class ImportBusy(RuntimeError):
    """What can't be done now; the sentence says why."""


class TooMuch(ValueError):
    """More than is taken; the sentence says how much is."""


@dataclass
class Draft:
    """An import: the files that have arrived with what the person says they hold, and how far it has come."""

    id: str
    name: str
    folder: Path
    roles: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    status: Status = "waiting"
    step: str = "Waiting for files"
    share: float = 0.0
    detail: str = ""
    report: Json | None = None
    page: str = ""
    began: float = field(default_factory=time.monotonic)
    task: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.sizes.values())

    def told(self) -> Json:
        """The import as clients get it."""
        files = [
            {"file": name, "bytes": size, "format": self.formats.get(name, ""), "as": self.roles.get(name, "")}
            for name, size in sorted(self.sizes.items())
        ]
        told: Json = {
            "id": self.id, "name": self.name, "status": self.status, "step": self.step, "share": self.share,
            "files": files, "bytes": self.size, "most_bytes": MOST_BYTES,
        }  # fmt: skip
        told |= {"detail": self.detail} if self.detail else {}
        told |= {"scene": self.name, "report": self.report} if self.status == "done" else {}
        return told


class Imports:
    """All imports of a server; one of them runs at a time. Its methods are called on the event loop."""

    def __init__(self, town: TownHall, data: Path) -> None:
        self.town = town
        self.data = data
        self.drafts: dict[str, Draft] = {}
        self._folder = data / "uploads"
        self._measuring: asyncio.Task[bool] | None = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self, name: str) -> Draft:
        """A new import of the scene `name`. Raises ImportBusy."""
        self._forget_old()
        if len(self.drafts) >= MOST_DRAFTS:
            raise ImportBusy(f"{MOST_DRAFTS} imports are waiting already; please take one of them back first.")
        if any(each.name == name and each.status == "running" for each in self.drafts.values()):
            raise ImportBusy(f"{name} is being imported at this moment.")
        draft = Draft(random_word(ID_LETTERS), name, self._folder / random_word(ID_LETTERS))
        draft.folder.mkdir(parents=True)
        self.drafts[draft.id] = draft
        return draft

    def draft(self, id: str) -> Draft:
        """The import of this id. Raises NoSuchImport."""
        found = self.drafts.get(id)
        if found is None:
            raise NoSuchImport(f"There is no import {id[:80]} here; it may have been taken back.")
        return found

    def room_for(self, draft: Draft, name: str, size: int) -> None:
        """Check that a file of so many bytes may come. Raises ImportBusy, TooMuch."""
        if draft.status == "running":
            raise ImportBusy("The import is running; please wait for its end.")
        if name not in draft.sizes and len(draft.sizes) >= MOST_FILES:
            raise TooMuch(f"An import takes at most {MOST_FILES} files.")
        if draft.size - draft.sizes.get(name, 0) + size > MOST_BYTES:
            raise TooMuch(
                f"An import takes at most {MOST_BYTES >> 30} GiB; use citiverse import on the server for more."
            )
        if shutil.disk_usage(self.data).free < size + LEFT_FREE_BYTES:
            raise TooMuch("There is not enough room on the server's disk.")

    def start(self, draft: Draft, order: Order) -> None:
        """Begin to work. Raises ImportBusy."""
        if any(each.status == "running" for each in self.drafts.values()):
            raise ImportBusy("Another import is running; please wait for its end.")
        draft.status, draft.step, draft.share, draft.detail = "running", "Starting", 0.0, ""
        draft.task = asyncio.get_running_loop().create_task(self._run(draft, order))

    async def take_back(self, draft: Draft) -> None:
        """Stop an import and forget its files."""
        self.drafts.pop(draft.id, None)
        if draft.task is not None:
            draft.task.cancel()
            await asyncio.gather(draft.task, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, draft.folder, ignore_errors=True)

    async def close(self) -> None:
        """Stop everything."""
        for draft in list(self.drafts.values()):
            await self.take_back(draft)
        if self._measuring is not None:
            self._measuring.cancel()

    def _forget_old(self) -> None:
        now = time.monotonic()
        for draft in list(self.drafts.values()):
            if draft.status != "running" and now - draft.began > FORGOTTEN_AFTER_S:
                self.drafts.pop(draft.id)
                shutil.rmtree(draft.folder, ignore_errors=True)

    async def _run(self, draft: Draft, order: Order) -> None:
        try:
            answer = await asyncio.wait_for(_worked(draft, order), LONGEST_S)
        except TimeoutError:
            answer = {"refused": f"The import took more than {LONGEST_S / 60:.0f} minutes and was stopped."}
        except OSError:
            logger.exception("The import of %s could not be started.", draft.name)
            answer = {"refused": "The import could not be started; the server's log says why."}
        if "refused" in answer:
            draft.status, draft.step, draft.detail = "failed", "Refused", str(answer["refused"])
            return
        draft.step = "Opening the scene"
        try:
            scene = await away(self.town.workers.tiles, open_scene, draft.name, self.data, lambda *_: None)
            await put_in_place(self.town, scene)
            await asyncio.to_thread(remember, self.data, draft.name)
        except Exception:
            logger.exception("%s was imported and could not be opened.", draft.name)
            draft.status, draft.detail = "failed", "The city was imported and could not be opened; the log says why."
            return
        report = answer["report"]
        draft.report, draft.page = report if isinstance(report, dict) else {}, str(answer["page"])
        draft.status, draft.step, draft.share = "done", "Ready", 1.0
        await asyncio.to_thread(shutil.rmtree, draft.folder, ignore_errors=True)
        self._measuring = asyncio.get_running_loop().create_task(measured(self.town, scene))


async def _worked(draft: Draft, order: Order) -> Mapping[str, object]:
    """The last answer of the process that imports; whatever happens, the process is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "citiverse.session.intake", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.get_running_loop().create_task(process.stderr.read())
    answer: Mapping[str, object] = {}
    try:
        process.stdin.write(order.to_bytes())
        process.stdin.close()
        async for line in process.stdout:
            answer = orjson.loads(line)
            if "share" in answer:
                draft.step, draft.share = str(answer["step"]), float(str(answer["share"]))
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said = await errors
    if "report" in answer or "refused" in answer:
        return answer
    logger.error(
        "The import of %s ended with %s: %s", draft.name, process.returncode, said[-4000:].decode(errors="replace")
    )
    return {"refused": "The import ended before it was done; a file may need more memory than there is."}


async def put_in_place(town: TownHall, scene: OpenScene) -> None:
    """Let people plan on a scene, instead of what was open under its name; its rooms are opened anew when asked for."""
    before = town.scenes.get(scene.name)
    town.scenes[scene.name] = scene
    if before is not None:
        before.findings.stop()
        old = [room for room in town.rooms.values() if room.scene is before]
        for room in old:
            town.rooms.pop(room.proposal.id, None)
        sentence = "The city has been imported anew; please come back."
        await asyncio.gather(*(room.close(LEAVE_CODE, sentence) for room in old))
    await town.keep_base(scene)


async def measured(town: TownHall, scene: OpenScene) -> bool:
    """Assess a scene as it is, so that the first proposal need not wait for it; False when that was given up."""
    try:
        await away(town.workers.models, scene.findings.baseline)
    except Superseded:
        return False
    except Exception:
        logger.exception("The impacts of %s as it is could not be assessed.", scene.title)
    return True
