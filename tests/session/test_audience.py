"""A slow listener never holds up the others."""

import time
from dataclasses import dataclass, field

import pytest

from citiverse.session import audience
from citiverse.session.audience import BEHIND_BYTES, Audience
from citiverse.session.messages import Message, message


@dataclass(eq=False)
class Ear:
    person: str = "p"
    waiting_bytes: int = 0
    heard: list[Message] = field(default_factory=list)
    dismissed: int | None = None

    def tell(self, message: Message) -> None:
        self.heard.append(message)

    def dismiss(self, code: int, reason: str) -> None:
        self.dismissed = code


WHOLE = message("snapshot", seq=9)
NEWS = message("tiles", seq=1)


def test_a_listener_with_a_full_buffer_is_skipped_and_given_the_whole_when_it_has_caught_up() -> None:
    quick, slow = Ear(), Ear()
    listeners = Audience(lambda: WHOLE)
    for each in (quick, slow):
        listeners.join(each)
    slow.waiting_bytes = BEHIND_BYTES + 1
    for _ in range(3):
        listeners.tell(NEWS)
    listeners.look_after_slow()
    assert quick.heard == [NEWS] * 3
    assert slow.heard == []
    assert listeners.behind == 1
    slow.waiting_bytes = 0
    listeners.tell(NEWS)
    assert slow.heard == []  # not before the whole, or it would miss what was skipped
    listeners.look_after_slow()
    listeners.tell(NEWS)
    assert slow.heard == [WHOLE, NEWS]
    assert listeners.resyncs == 1


def test_a_listener_that_never_catches_up_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    slow = Ear(waiting_bytes=BEHIND_BYTES + 1)
    listeners = Audience(lambda: WHOLE)
    listeners.join(slow)
    listeners.tell(NEWS)
    now += audience.PATIENCE_S - 1
    listeners.look_after_slow()
    assert slow.dismissed is None
    now += 2
    listeners.look_after_slow()
    assert slow.dismissed == 1013
    assert len(listeners) == 0


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_are_those_of_the_standard(size: int) -> None:
    from websockets.frames import Frame, Opcode

    text = b"x" * size
    assert Message(text).frame == Frame(Opcode.TEXT, text).serialize(mask=False)
