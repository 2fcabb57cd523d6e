"""Writes `src/wire/served.ts`, the types of what the server answers, from the server's own description of itself.

`python web_client/wire.py` writes it, with `--check` it only says whether what is there is what it would write.
"""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from citiverse.server.app import create_app  # noqa: E402
from citiverse.server.settings import Settings  # noqa: E402
from hatch_build import npm  # noqa: E402

HERE = Path(__file__).parent
WRITTEN = HERE / "src/wire/served.ts"
SCHEMAS = "#/components/schemas/"
# The client fills edits in as forms that the manifest describes; of each it knows the verb alone.
EDIT = {"type": "object", "required": ["verb"], "properties": {"verb": {"type": "string"}}}
ANSWERS = (
    "Manifest", "Feature", "FeatureCollection", "Proposal", "EditResult", "Impacts", "Patterns", "Comments", "History",
    "Cost", "Problem",
)  # fmt: skip


def answers() -> dict[str, object]:
    """The OpenAPI document of the server, reduced to what it answers."""
    with tempfile.TemporaryDirectory() as folder:
        document = create_app(Settings(data=Path(folder))).openapi()
    schemas = {**document["components"]["schemas"], "Edit": EDIT}
    wanted: dict[str, object] = {}
    open_names = list(ANSWERS)
    while open_names:
        name = open_names.pop()
        if name in wanted:
            continue
        wanted[name] = schemas[name]
        open_names += [each.removeprefix(SCHEMAS) for each in references(schemas[name])]
    inside = {"schemas": dict(sorted(wanted.items()))}
    return {"openapi": document["openapi"], "info": document["info"], "paths": {}, "components": inside}


def references(value: object) -> set[str]:
    """Every address that `value` refers to."""
    match value:
        case dict():
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(each) for each in value.values()))
        case list():
            return set().union(*(references(each) for each in value))
        case _:
            return set()


def written() -> str:
    """The types as TypeScript."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "answers.json"), Path(folder, "served.ts")
        source.write_text(json.dumps(answers()))
        npm("exec", "--offline", "--", "openapi-typescript", str(source), "--output", str(made), "--immutable")
        return made.read_text()


def main(arguments: list[str]) -> None:
    """Write the file, or with `--check` fail where it is not what the server says."""
    text = written()
    if "--check" not in arguments:
        WRITTEN.write_text(text)
    elif WRITTEN.read_text() != text:
        sys.exit("The server answers otherwise than src/wire/served.ts says: run `python web_client/wire.py`.")


if __name__ == "__main__":
    main(sys.argv[1:])
