"""Colours as tags write them."""

import pytest

from citiverse.scene.paint import linear, srgb


@pytest.mark.parametrize(("number", "name"), [("#008000", "green"), ("#f00", "red"), ("#000", "black")])
def test_a_pure_colour_is_the_same_by_number_as_by_name(number: str, name: str) -> None:
    assert srgb(number) == srgb(name)


def test_other_colours_are_taken_as_they_are() -> None:
    assert srgb("#a2553c") == (0xA2, 0x55, 0x3C)
    assert srgb("no colour") is None
    with pytest.raises(ValueError, match="is not a colour"):
        linear("no colour")
