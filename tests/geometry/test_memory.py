"""What is kept is kept until there is no room."""

from citiverse.geometry.memory import Memory, remembered


def test_the_same_is_made_once() -> None:
    memory: Memory[str, list[str]] = Memory(2)
    first = memory.get("a", lambda: ["made"])
    assert memory.get("a", lambda: ["made again"]) is first


def test_the_one_asked_for_longest_ago_goes_first() -> None:
    memory: Memory[int, int] = Memory(2)
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    for number in (1, 2, 1, 3, 1, 2):
        assert memory.get(number, lambda number=number: make(number)) == number  # type: ignore[misc]
    assert made == [1, 2, 3, 2]
    assert len(memory) == 2


class Thing:
    """Something that can't be hashed quickly."""

    def __init__(self, size: int) -> None:
        self.size = size


def test_a_thing_is_known_by_its_identity() -> None:
    made: list[int] = []

    @remembered(3)
    def doubled(thing: Thing, plus: int) -> int:
        made.append(thing.size)
        return 2 * thing.size + plus

    one, other = Thing(1), Thing(1)
    assert [doubled(one, 0), doubled(one, 0), doubled(one, 5), doubled(other, 0)] == [2, 2, 7, 2]
    assert len(made) == 3


def test_what_has_gone_for_want_of_room_is_made_again() -> None:
    made: list[int] = []

    @remembered(2)
    def size(thing: Thing) -> int:
        made.append(thing.size)
        return thing.size

    things = [Thing(n) for n in range(3)]
    assert [size(thing) for thing in [*things, *things]] == [0, 1, 2, 0, 1, 2]
    assert made[:3] == [0, 1, 2]
    assert 3 < len(made) <= 6


def test_a_new_thing_in_the_place_of_an_old_one_is_not_taken_for_it() -> None:
    @remembered(8)
    def size(thing: Thing) -> int:
        return thing.size

    assert [size(Thing(n)) for n in range(100)] == list(range(100))
