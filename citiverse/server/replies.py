"""Responses: JSON, and bytes under the hash of what they are."""

import gzip
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

IMMUTABLE = "public, max-age=31536000, immutable"


class Json(Response):
    """A JSON response; numbers that are not finite become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 starlette's signature
        """The content as JSON."""
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def takes_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110, 12.5.3)."""
    for each in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def by_hash(request: Request, digest: str, packed: bytes, media_type: str) -> Response:
    """Content that never changes, from its gzip; 304 where the client has it."""
    headers = {"ETag": f'"{digest}"', "Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    if knows(request, digest):
        return Response(status_code=304, headers=headers)
    if takes_gzip(request):
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=media_type)
    return Response(gzip.decompress(packed), headers=headers, media_type=media_type)


def checked(request: Request, digest: str, content: object) -> Response:
    """JSON that may change and says by its `digest` whether it has; 304 where the client has it."""
    headers = {"ETag": f'W/"{digest}"', "Cache-Control": "no-cache"}
    if knows(request, digest):
        return Response(status_code=304, headers=headers)
    return Json(content, headers=headers)


def knows(request: Request, digest: str) -> bool:
    """Whether the client says that it has the content of this hash."""
    tags = [each.strip().removeprefix("W/").strip('"') for each in request.headers.get("if-none-match", "").split(",")]
    return digest in tags or "*" in tags
