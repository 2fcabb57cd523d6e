"""The programming interface as a page that needs no script and no other host."""

from functools import lru_cache
from html import escape

from fastapi import APIRouter, Request, Response

from citiverse.session.messages import Json

router = APIRouter(include_in_schema=False)

_STYLE = """body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
:root{color-scheme:light dark}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}h2{margin-top:2.5rem}summary{cursor:pointer;padding:.3rem 0}
details{border-bottom:1px solid #8884}.m{display:inline-block;min-width:3.5rem;font-weight:700}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}"""
_LIVE = """<h2 id="live">Live room</h2>
<p><code>WS /api/proposals/{id}/live</code>, JSON text frames with a <code>type</code>.</p>
<table><tr><th>You send</th><td><code>hello {epoch?, since?, token?, key?}</code> ·
<code>edit {op_id, edit, since?}</code> ·
<code>undo {op_id}</code> · <code>redo {op_id}</code> ·
<code>presence {name, mode, at, height_m, heading_deg, pitch_deg, pointer, pointer_m, pin, selected, scale, left,
right}</code></td></tr>
<tr><th>You hear</th><td><code>welcome {epoch, seq, role, state, you, token}</code> · <code>snapshot</code> ·
<code>edit</code> · <code>state {state, by, reason, time, seq, revision}</code> · <code>comment {comment}</code> ·
<code>ack {op_id, seq}</code> · <code>refused {op_id, problem}</code> ·
<code>patch {seq, hide, show}</code> ·
<code>tiles {seq, set, drop}</code> · <code>impacts</code> · <code>presence {people}</code></td></tr></table>
<p>Send the epoch and seq you know when you come back: you get what you missed, or a snapshot. The token makes you the
same person again; over HTTP it is <code>Authorization: Bearer</code>. The key is the word of the link by which you came
(<code>/s/WORD</code>): that for looking lets you look and no more; over HTTP it is <code>Citiverse-Key</code>. An edit
with <code>since</code> is refused where others have changed the same properties after that event. What is told as
<code>edit</code> may be of the kind pattern: several edits that are undone as one.</p>"""


@router.get("/docs")
async def docs(request: Request) -> Response:
    """All addresses, and the fields of every edit."""
    document: Json = request.app.openapi()
    return Response(_page(_Document(document)), media_type="text/html; charset=utf-8")


class _Document:
    """An OpenAPI document that equals only itself, so that its page is kept."""

    def __init__(self, content: Json) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and other.content is self.content

    def __hash__(self) -> int:
        return id(self.content)


@lru_cache(maxsize=2)
def _page(document: _Document) -> str:
    content = document.content
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in content["paths"].items()
        for method, operation in methods.items()
    )
    info = content["info"]
    schemas = content["components"]["schemas"]
    edits = [schemas[_name(each["$ref"])] for each in schemas["Edit"].get("oneOf", [])]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}: programming interface'
        f'</title><meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info.get('summary', ''))}. "
        f'The whole as <a href="/openapi.json">OpenAPI</a>; refusals are '
        f"<code>application/problem+json</code> with a sentence in <code>detail</code>.</p>"
        f"<h2>Addresses</h2>{operations}{_LIVE}"
        f"<h2>Edits</h2><p>Positions are [longitude, latitude]; what has a ? may be left out.</p>"
        f"{''.join(map(_edit, edits))}</html>"
    )


def _operation(method: str, path: str, operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}{'' if each.get('required') else '?'}</code></td>"
        f"<td>{escape(_kind(each.get('schema', {})))}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in operation.get("parameters", [])
    )
    return (
        f'<details><summary><span class="m">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"<table>{rows}</table></details>"
    )


def _edit(schema: Json) -> str:
    required = schema.get("required", [])
    fields = schema.get("properties", {})
    verb = fields.get("verb", {}).get("const", schema.get("title", ""))
    rows = "".join(
        f"<tr><td><code>{escape(name)}{'' if name in required else '?'}</code></td><td>{escape(_kind(each))}</td></tr>"
        for name, each in fields.items()
        if name != "verb"
    )
    words = escape(schema.get("description", "").split("\n\n")[0])
    return f"<details><summary><code>{escape(str(verb))}</code> {words}</summary><table>{rows}</table></details>"


def _kind(schema: Json) -> str:
    """A JSON schema in a few words."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "$ref" in schema:
        return _name(schema["$ref"])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    kind = str(schema.get("type", ""))
    if kind == "array":
        inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {_kind(inner)}"
    bounds = [
        f"{words} {schema[key]:g}"
        for key, words in (("minimum", "from"), ("maximum", "to"), ("exclusiveMinimum", "above"))
        if key in schema
    ]
    return " ".join([kind, *bounds])


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
