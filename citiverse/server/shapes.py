"""The OpenAPI document: the union of edits by verb, problem documents, and what is answered."""

from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import Field, TypeAdapter

from citiverse.proposal.edit import Edit
from citiverse.server import problems
from citiverse.session.messages import Json

_REF = "#/components/schemas/"
PROBLEM_STATUSES = ("400", "404", "409", "413", "415", "422", "503")

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_NUMBER: Json = {"type": ["number", "null"]}
_IDS: Json = {"type": "array", "items": _TEXT}
_POSITION: Json = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def _object(required: Json, **optional: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": _REF + name}


def _body(schema: Json, description: str) -> Json:
    return {
        "requestBody": {
            "required": True,
            "description": description,
            "content": {"application/json": {"schema": schema}},
        }
    }


EDIT_BODY = _body(_ref("Edit"), "One edit; its verb says which fields it has.")
PROPOSAL_BODY = _body(_ref("NewProposal"), "What the proposal is called and, if you like, why.")

_SHAPES: Json = {
    "Problem": problems.SCHEMA,
    "NewProposal": {
        **_object(
            {"title": {"type": "string", "minLength": 1, "maxLength": 200}},
            words={"type": "string", "maxLength": 20000},
        ),
        "additionalProperties": False,
    },
    "Proposal": _object(
        {"id": _TEXT, "scene": _TEXT, "title": _TEXT, "words": _TEXT, "status": _TEXT, "base": _TEXT, "code": _TEXT,
         "created": {"type": "string", "format": "date-time"}},
        seq=_WHOLE, epoch=_TEXT,
    ),
    "Warning": _object({"code": _TEXT, "detail": _TEXT}, at={"anyOf": [_POSITION, {"type": "null"}]}),
    "EditResult": _object(
        {"changed": _IDS, "created": _IDS, "warnings": _list(_ref("Warning")), "sentence": _TEXT, "seq": _WHOLE},
        op_id=_TEXT, dry_run={"type": "boolean"},
    ),
    "Indicator": _object(
        {"model": _TEXT, "id": _TEXT, "label": _TEXT, "unit": _TEXT, "baseline": _NUMBER, "proposal": _NUMBER,
         "difference": _NUMBER, "low": _NUMBER, "high": _NUMBER, "better": {"enum": ["lower", "higher"]},
         "verdict": {"enum": ["better", "worse", "no clear change"]}},
    ),
    "ImpactLayer": _object(
        {"id": _TEXT, "model": _TEXT, "label": _TEXT, "unit": _TEXT, "on": {"enum": ["feature", "grid"]}, "href": _TEXT,
         "legend": _list({"type": "array", "prefixItems": [{"type": "number"}, _TEXT]})},
        baseline_href=_TEXT,
        grid=_object(
            {"x0": _NUMBER, "y0": _NUMBER, "cell_m": _NUMBER, "rows": _WHOLE, "columns": _WHOLE, "encoding": _TEXT}
        ),
    ),
    "Impacts": _object(
        {"seq": _WHOLE, "status": {"enum": ["running", "fast", "full"]}, "indicators": _list(_ref("Indicator")),
         "models": _list(_object({"name": _TEXT, "version": _TEXT, "seconds": _NUMBER, "quality": _TEXT})),
         "layers": _list(_ref("ImpactLayer")), "refused": _list(_object({"model": _TEXT, "detail": _TEXT}))},
    ),
    "Edits": _object(
        {"scene": _TEXT, "base": _TEXT, "seq": _WHOLE, "edits": _list(_ref("Edit")), "log": _list({"type": "object"})}
    ),
    "Feature": _object(
        {"type": {"const": "Feature"}, "id": _TEXT, "geometry": {"type": "object"},
         "properties": {"type": "object", "additionalProperties": True, "required": ["kind"]}},
    ),
    "FeatureCollection": _object(
        {"type": {"const": "FeatureCollection"}, "features": _list(_ref("Feature"))}, next=_TEXT, numberMatched=_WHOLE
    ),
    "Manifest": _object(
        {"id": _TEXT, "title": _TEXT, "frame": {"type": "object"}, "bounds": _list({"type": "number"}), "layers": _IDS,
         "units": {"type": "object"}, "legends": {"type": "object"}, "revision": _TEXT,
         "credits": _list({"type": "object"})},
    ),
}  # fmt: skip

_ANSWERS = {
    ("/api/scenes/{scene}", "get"): "Manifest",
    ("/api/scenes/{scene}/impacts", "get"): "Impacts",
    ("/api/scenes/{scene}/features", "get"): "FeatureCollection",
    ("/api/scenes/{scene}/features/{id}", "get"): "Feature",
    ("/api/scenes/{scene}/proposals", "post"): "Proposal",
    ("/api/proposals/{id}", "get"): "Proposal",
    ("/api/proposals/{id}/edits", "get"): "Edits",
    ("/api/proposals/{id}/edits", "post"): "EditResult",
    ("/api/proposals/{id}/undo", "post"): "EditResult",
    ("/api/proposals/{id}/redo", "post"): "EditResult",
    ("/api/proposals/{id}/impacts", "get"): "Impacts",
}


def openapi(app: FastAPI) -> Json:
    """The OpenAPI document of `app`, with the edits as one union that `verb` tells apart."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= edit_schemas() | _SHAPES
    document["paths"] = {path.replace(":path}", "}"): item for path, item in document["paths"].items()}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _answers(operation, _ANSWERS.get((path, method)))
    app.openapi_schema = document
    return document


def edit_schemas() -> Json:
    """JSON Schemas of every edit by name, with `Edit` for any of them."""
    union: Any = Annotated[Edit, Field(discriminator="verb")]
    schema = TypeAdapter(union).json_schema(ref_template=_REF + "{model}")
    return {**schema.pop("$defs", {}), "Edit": {"title": "Edit", **schema}}


def _answers(operation: Json, name: str | None) -> None:
    responses = operation["responses"]
    if name:
        for status in [each for each in responses if each.startswith("2")]:
            responses[status]["content"] = {"application/json": {"schema": _ref(name)}}
    for status in PROBLEM_STATUSES:
        responses[status] = {"description": "Refused", "content": {problems.MEDIA_TYPE: {"schema": _ref("Problem")}}}
