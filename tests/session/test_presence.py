"""Presence tells what is sensible and forgets the rest."""

import math

from citiverse.session.people import People
from citiverse.session.presence import FORGET_AFTER_S, Presence, pose_of


def test_only_known_fields_with_sensible_values_are_told() -> None:
    sent = {
        "type": "presence", "name": "Aino\x00\n" + "x" * 100, "at": [24.9, 60.1], "pointer": [400, 0], "mode": "walk",
        "heading_deg": 1e9, "height_m": True, "evil": "<script>", "pitch_deg": -10.5,
    }  # fmt: skip
    assert pose_of(sent) == {"name": "Aino" + "x" * 36, "mode": "walk", "at": [24.9, 60.1], "pitch_deg": -10.5}


def test_a_visitor_in_a_headset_tells_head_hands_scale_and_pin() -> None:
    left, right = [-0.2, 0.1, -0.4, 30, -10.5], [150.0, 80.25, -200.0, 359.9, 45]
    sent = {"mode": "vr", "scale": 500, "height_m": 300, "pointer_m": 12.5, "pin": [24.9, 60.1],
            "left": left, "right": right}  # fmt: skip
    assert pose_of(sent) == sent
    wrong: list[object] = [left[:4], [*left, 1], ["0", 0, 0, 0, 0], [0, 0, 4_000, 0, 0], [0, 0, 0, 0, 91],
                           [math.nan, 0, 0, 0, 0], {"x": 1}, None]  # fmt: skip
    assert [pose_of({"left": each, "pin": each, "scale": 1e6}) for each in wrong] == [{}] * len(wrong)


def test_news_comes_once_and_the_silent_are_forgotten() -> None:
    presence = Presence()
    assert presence.news(0.0) is None
    presence.note("a", {"mode": "walk"}, 1.0)
    presence.note("b", {}, 2.0)
    assert presence.news(2.0) == [{"id": "b"}, {"id": "a", "mode": "walk"}]
    assert presence.news(3.0) is None
    assert presence.news(1.5 + FORGET_AFTER_S) == [{"id": "b"}]


def test_a_token_is_known_again_and_a_forged_one_is_not() -> None:
    people = People(b"secret")
    person = people.newcomer()
    assert people.recognise(people.token(person)) == person
    assert people.recognise(people.token(person)[:-1] + "x") is None
    assert People(b"other").recognise(people.token(person)) is None
    for token in ("", ".", "p1", "p1.", "ä.ö"):
        assert people.recognise(token) is None
