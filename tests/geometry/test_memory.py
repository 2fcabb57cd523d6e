"""What is kept is kept until there is no room."""

from citiverse.geometry.memory import Memory


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
