"""What commands say, on standard output and on standard error."""

import sys
from time import perf_counter
from types import TracebackType
from typing import TextIO


def tell_in_one_line(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Tell on standard error why a command failed, in a sentence."""
    match error:
        case KeyboardInterrupt():
            sentence = "stopped"
        case OSError(filename=str(name), strerror=str(reason)):
            sentence = f"{name}: {reason}"
        case ValueError() | OSError():
            sentence = str(error)
        case _ if kind.__module__.startswith("citiverse."):
            sentence = str(error)
        case _:
            sentence = f"a fault in the program ({kind.__name__}: {error}); --debug shows where"
    print("citiverse:", " ".join(sentence.split()) or kind.__name__, file=sys.stderr)


def print_json(result: object) -> None:
    """Print one JSON object; dataclasses are objects and what is not finite is null."""
    import orjson

    print(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


def warn(sentence: str) -> None:
    """Tell something on standard error and go on."""
    print("citiverse:", sentence, file=sys.stderr)


class Progress:
    """Tells on standard error what is going on once that takes a second: on a terminal in one line that moves."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.stream = stream
        self.begin = perf_counter()
        self.line = ""
        self.words = ""

    def __enter__(self) -> "Progress":
        """Begin to count."""
        return self

    def __call__(self, words: str, share: float) -> None:
        """What is being done, and how much of the whole is done, 0 to 1."""
        if perf_counter() - self.begin < 1.0:
            return
        line = f"{words} ({share:.0%})"
        if self.stream.isatty():
            self.stream.write(f"\r{line:<{len(self.line)}}")
        elif words != self.words:
            self.stream.write(f"{words}\n")
        self.line, self.words = line, words
        self.stream.flush()

    def __exit__(self, *error: object) -> None:
        """Leave the line."""
        if self.line and self.stream.isatty():
            self.stream.write("\n")
