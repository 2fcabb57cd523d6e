"""Tiles follow their city: the newest one, from near first, and never further behind than one bad square."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import Building
from citiverse.scene.build import SceneDelta, build, redraw
from citiverse.scene.cell import LEAF_M
from citiverse.session import tiling
from citiverse.session.branch import Branch
from citiverse.session.findings import Findings
from citiverse.session.record import Event
from citiverse.session.scene import OpenScene
from citiverse.session.shelf import Shelf
from citiverse.session.tiling import Tiling
from citiverse.session.workers import Workers


class Desk:
    """A branch, its tiling, and all that was told."""

    def __init__(self, city: City, path: Path) -> None:
        shelf = Shelf(path / "tiles", memory_bytes=1 << 24)
        scene = OpenScene(
            name="town", title="A town", city=city, revision="", start={}, report={}, tiles=build(city), shelf=shelf,
            findings=Findings("town", city, ()),
        )  # fmt: skip
        self.branch = Branch(city)
        self.workers = Workers()
        self.told: list[dict[str, Any]] = []
        self.tiling = Tiling(scene, self.branch, self.workers, lambda each: self.told.append(orjson.loads(each.text)))

    def raise_house(self, id: str, storeys: float) -> None:
        house = self.branch.city.get(id)
        assert isinstance(house, Building)
        taller = replace(house, height_m=house.height_m + 3.0 * storeys)
        seq = self.branch.seq + 1
        event = Event(
            proposal="p", seq=seq, op_id=f"{seq}", by="me", kind="edit", edit=b"{}", target=None, sentence="",
            answer=b"", at=0.0,
        )  # fmt: skip
        self.branch.accept(event, Change({id: house}, {id: taller}))
        self.tiling.notice()


@pytest.fixture
def desk(town: City, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(town, tmp_path)
    yield desk
    desk.workers.close()


def houses(city: City) -> list[str]:
    """One house of each leaf."""
    middles = {each.id: each.geometry.centroid for each in city.all(Building)}
    leaves = {(middle.x // LEAF_M, middle.y // LEAF_M): id for id, middle in middles.items()}
    return list(leaves.values())


async def test_each_square_is_told_on_its_own_and_the_last_near_one_says_so(desk: Desk) -> None:
    first, second, *_ = houses(desk.branch.city)
    desk.raise_house(first, 2)
    desk.raise_house(second, 2)
    assert not desk.tiling.near.is_set()
    await desk.tiling.keep_up()
    near = [message for message in desk.told if any(key.split("/")[1] == "0" for key in message["set"])]
    far = [message for message in desk.told if message not in near]
    assert [message["more"] for message in near] == [*[True] * (len(near) - 1), False]
    assert len(near) >= 2
    assert far
    assert desk.told == near + far
    assert not any(message["more"] for message in far)
    assert {message["seq"] for message in desk.told} == {2}
    assert desk.tiling.tiles.hashes == build(desk.branch.city).hashes


async def test_near_squares_of_a_new_edit_go_before_far_ones_of_the_last(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = houses(desk.branch.city)
    drawn: list[int] = []

    def noted(city: City, square: Any, layers: Any, tiles: Any) -> SceneDelta:  # noqa: ANN401
        drawn.append(square.z)
        if len(drawn) == 1:
            desk.raise_house(second, 1)
        return redraw(city, square, layers, tiles)

    monkeypatch.setattr(tiling, "redraw", noted)
    desk.raise_house(first, 1)
    await desk.tiling.keep_up()
    assert drawn[:2] == [0, 0]
    assert drawn == sorted(drawn)
    assert desk.tiling.tiles.hashes == build(desk.branch.city).hashes
    assert desk.tiling.near.is_set()
    assert desk.tiling.whole.is_set()


async def test_a_square_that_cannot_be_drawn_stays_and_holds_nothing_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, *_ = houses(desk.branch.city)
    bad: list[Any] = []

    def failing(city: City, square: Any, layers: Any, tiles: Any) -> SceneDelta:  # noqa: ANN401
        if not bad:
            bad.append(square)
            raise RuntimeError("no such triangle")
        return redraw(city, square, layers, tiles)

    monkeypatch.setattr(tiling, "redraw", failing)
    desk.raise_house(first, 1)
    desk.raise_house(second, 1)
    await desk.tiling.keep_up()
    assert "no such triangle" in caplog.text
    assert desk.tiling.whole.is_set()
    desk.raise_house(first, 1)
    desk.raise_house(second, 1)
    await desk.tiling.keep_up()
    assert desk.tiling.tiles.hashes == build(desk.branch.city).hashes
