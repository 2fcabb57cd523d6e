"""How long a proposal of 1,000 edits on 100,000 features takes to open: from its snapshot, and replayed from its log.

Run `python benchmarks/proposal_open.py`; prints one JSON object, and fails where a limit in it is
not kept in processor seconds. The city is that of `edit_apply.py`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from edit_apply import BLOCK_M, SEED, SIDE, edits, features

from citiverse.city.city import city_of
from citiverse.city.frame import Frame
from citiverse.proposal.edit import EditRefused, canonical, parse_edit
from citiverse.session.branch import Branch, replay
from citiverse.session.record import Event
from citiverse.session.snapshots import Snapshots

EDITS = 1000
MOST_FROM_SNAPSHOT_S, MOST_REPLAYED_S = 1.0, 5.0


def main() -> int:
    """Time both ways in processor seconds and on the clock."""
    wide = SIDE * BLOCK_M
    frame = Frame(32635, (380000.0, 6670000.0))
    city = city_of(features(), name="grid", title="Grid", frame=frame, bounds=(0.0, 0.0, wide, wide))
    city.near((0.0, 0.0, 1.0, 1.0))
    city.fingerprint()
    branch, rng = Branch(city), np.random.default_rng(SEED)
    while len(branch.events) < EDITS:
        for document in edits(branch.city, rng):
            edit = parse_edit(document)
            try:
                change = edit.apply(branch.city)
            except EditRefused:
                continue
            seq = branch.seq + 1
            event = Event(
                proposal="p", seq=seq, op_id=f"op{seq}", by="me", kind="edit", edit=canonical(edit), target=None,
                sentence="", answer=b"{}", at=0.0,
            )  # fmt: skip
            branch.accept(event, change)
    events = branch.events[:EDITS]
    with tempfile.TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder))
        snapshots.save("p", snapshots.taken(replay(city, events)))
        (path,) = Path(folder).iterdir()
        opened = timed(lambda: snapshots.open("p", city, events))
        size = path.stat().st_size
    replayed = timed(lambda: replay(city, events))
    result = {"features": len(city), "edits": len(events), "from_snapshot_s": opened, "replayed_s": replayed,
              "snapshot_kb": size // 1024,
              "limits": {"from_snapshot_s": MOST_FROM_SNAPSHOT_S, "replayed_s": MOST_REPLAYED_S}}  # fmt: skip
    print(json.dumps(result, indent=2))
    kept = opened["processor"] <= MOST_FROM_SNAPSHOT_S and replayed["processor"] <= MOST_REPLAYED_S
    return 0 if kept else 1


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of the processor and on the clock, the median of five."""
    times = []
    for _ in range(5):
        processor, clock = time.process_time(), time.perf_counter()
        work()
        times.append((time.process_time() - processor, time.perf_counter() - clock))
    processor, clock = np.median(times, axis=0).tolist()
    return {"processor": round(processor, 3), "clock": round(clock, 3)}


if __name__ == "__main__":
    sys.exit(main())
