"""The process that reads one 3D file: python -m citiverse.session.reading TITLE UP < FILE.

On standard output: a line of JSON, and after it the model. It limits itself before it looks at the file.
"""

import json
import sys

from citiverse.session.library import MOST_MEMORY_BYTES, MOST_SECONDS


def main() -> int:
    """Read a model; 1 when it is refused, anything else when reading broke down."""
    limit()
    from citiverse.scene.bringing import ModelRefused, brought

    title, up = sys.argv[1:3]
    out = sys.stdout.buffer
    try:
        found = brought(sys.stdin.buffer.read(), title=title, up="y" if up == "y" else "z" if up == "z" else None)
    except ModelRefused as refused:
        out.write(json.dumps({"refused": str(refused)}).encode() + b"\n")
        return 1
    except MemoryError:
        out.write(json.dumps({"refused": "This file takes more memory to read than a model may."}).encode() + b"\n")
        return 1
    told = {"format": found.format, "read": found.read, "notes": found.notes}
    out.write(json.dumps(told).encode() + b"\n" + found.model.content)
    return 0


def limit() -> None:
    """Allow this process so much memory and time, where the system can be told."""
    try:
        import resource
    except ImportError:  # Windows: the time limit of the caller remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
