"""The log keeps what it has acknowledged."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from citiverse.session.log import _SCHEMA, Log, LogError, LogFull, TakenOtherwise
from citiverse.session.record import Comment, Decision, Event, Origin, Proposal

PARK = Proposal(id="p1", scene="helsinki", base="00", title="A park", code="ABCD", created=1.0)


def an_event(seq: int, op_id: str = "", proposal: str = "p1") -> Event:
    return Event(
        proposal=proposal, seq=seq, op_id=op_id or f"op{seq}", by="me", kind="edit", edit=b"{}", target=None,
        sentence="Plant a tree", answer=b'{"seq":%d}' % seq, at=float(seq),
    )  # fmt: skip


def a_log(folder: Path) -> Log:
    log = Log(folder / "log.sqlite")
    log.add_proposal(PARK).result()
    return log


def test_events_come_back_in_order_after_closing(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    epoch = log.epoch
    for seq in (1, 2, 3):
        assert log.append(an_event(seq)).result() == an_event(seq)
    log.close()
    again = Log(tmp_path / "log.sqlite")
    assert again.epoch == epoch
    assert again.proposal("p1") == PARK
    assert again.proposal_of_code("ABCD") == PARK
    assert again.proposals("helsinki", before=2.0, limit=5) == [PARK]
    assert [event.seq for event in again.events("p1")] == [1, 2, 3]
    assert [event.seq for event in again.events("p1", since=2)] == [3]
    again.close()


def test_a_repeat_gets_the_first_answer_and_is_not_written_twice(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    first = log.append(an_event(1, "same")).result()
    assert log.append(an_event(2, "same")).result() == first
    assert len(log.events("p1")) == 1
    log.close()


def test_a_place_in_the_order_is_given_once(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append(an_event(1)).result()
    with pytest.raises(TakenOtherwise):
        log.append(an_event(1, "other")).result()
    log.append(an_event(2)).result()
    log.close()


def test_one_bad_write_does_not_spoil_its_group(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    answers = [log.append(an_event(1)), log.append(an_event(1, "x", "no such proposal")), log.append(an_event(2))]
    assert answers[0].result().seq == 1
    assert isinstance(answers[1].exception(), LogError)
    assert answers[2].result().seq == 2
    log.close()


def test_many_writers_share_commits(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    done: list[Future[Event]] = []
    threads = [
        threading.Thread(target=lambda n=n: done.extend(log.append(an_event(n * 100 + k + 1)) for k in range(100)))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.result().seq for each in done) == list(range(1, 801))
    log.close()


def test_a_file_that_is_no_log_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(b"This is not a database, it is a letter to the mayor. " * 40)
    with pytest.raises(LogError, match="is not a log"):
        Log(tmp_path / "log.sqlite")


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    import apsw

    log = a_log(tmp_path)
    log.close()
    connection = apsw.Connection(str(tmp_path / "log.sqlite"))
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(LogError, match="newer"):
        Log(tmp_path / "log.sqlite")


def test_nothing_is_written_after_closing(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.close()
    with pytest.raises(LogError):
        log.append(an_event(1))


def test_a_full_disk_is_said_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append(an_event(1)).result()
    full = int(log._writer.pragma("page_count"))  # SQLite's own limit stands in for the disk's
    log._writer.pragma("max_page_count", full)
    big = replace(an_event(2), edit=b"x" * 100_000)
    with pytest.raises(LogFull):
        log.append(big).result()
    assert [event.seq for event in log.events("p1")] == [1]
    log._writer.pragma("max_page_count", full + 1000)
    assert log.append(big).result() == big
    log.close()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from citiverse.session.log import Log
from citiverse.session.record import Event
log = Log(Path(sys.argv[1]))
seq = len(log.events("p1"))
while True:
    group = []
    for _ in range(7):
        seq += 1
        group.append(log.append(Event(proposal="p1", seq=seq, op_id=f"op{seq}", by="me", kind="edit", edit=b"x" * 400,
                     target=None, sentence="", answer=b"", at=0.0)))
    for each in group:
        print(each.result().seq, flush=True)
"""


@pytest.mark.parametrize("rounds", [6])
def test_a_killed_writer_loses_nothing_it_had_acknowledged(tmp_path: Path, rounds: int) -> None:
    a_log(tmp_path).close()
    path = tmp_path / "log.sqlite"
    root = str(Path(__file__).parents[2])
    for turn in range(rounds):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), root], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(40 + 13 * turn)]
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged = [int(line) for line in (*told, *rest.split("\n")[:-1])]
        log = Log(path)
        kept = [event.seq for event in log.events("p1")]
        log.close()
        assert kept == list(range(1, len(kept) + 1))
        assert kept[-1] >= acknowledged[-1]


def test_a_log_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    old = apsw.Connection(str(path))
    old.execute(_SCHEMA)
    old.execute("insert into fact values ('epoch', 'e')")
    old.execute("insert into proposal values ('p1', 'helsinki', '00', 'A park', '', 'draft', 'ABCD', 1.0)")
    old.execute("insert into proposal values ('p2', 'helsinki', '00', 'A pond', '', 'draft', 'EFGH', 2.0)")
    old.execute("pragma user_version = 1")
    old.close()
    log = Log(path)
    park, pond = log.proposal("p1"), log.proposal("p2")
    assert park is not None
    assert pond is not None
    assert (park.title, park.by, park.access) == ("A park", "", "open")
    assert park.look
    assert park.look != pond.look
    assert log.proposal_of_code(park.look) == park
    log.append(an_event(1)).result()
    log.close()
    assert Log(path).events("p1") == [an_event(1)]


def test_states_comments_and_origins_are_kept_with_the_proposal(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.append(an_event(1)).result()
    child = replace(PARK, id="p2", code="EFGH", created=2.0)
    log.add_proposal(child, [an_event(1, proposal="p2")], [Origin(proposal="p1", seq=1)]).result()
    submitted = Decision(proposal="p1", number=0, state="submitted", by="me", reason="", at=3.0, seq=1, revision="ab")
    log.decide(submitted).result()
    with pytest.raises(TakenOtherwise):
        log.decide(submitted).result()
    said = Comment(id="c1", proposal="p1", by="me", text="Why?", at=4.0, seq=1, place=(24.9, 60.1))
    assert log.add_comment(said).result() == said
    assert log.add_comment(replace(said, text="Again")).result() == said
    log.close()
    again = Log(tmp_path / "log.sqlite")
    kept = again.proposal("p1")
    assert kept is not None
    assert kept.state == "submitted"
    assert again.decisions("p1") == [submitted]
    assert again.comments("p1") == [said]
    assert again.origins("p2") == [Origin(proposal="p1", seq=1)]
    assert again.offspring("p1") == [child]
    assert again.events("p2") == [an_event(1, proposal="p2")]
    again.close()
