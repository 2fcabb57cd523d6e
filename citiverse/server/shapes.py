"""The OpenAPI document: the union of edits by verb, problem documents, and what is answered."""

from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import Field, TypeAdapter

from citiverse.proposal.edit import Edit
from citiverse.server import problems
from citiverse.session.messages import Json

_REF = "#/components/schemas/"
PROBLEM_STATUSES = ("400", "401", "403", "404", "409", "413", "415", "422", "503")

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_NUMBER: Json = {"type": ["number", "null"]}
_IDS: Json = {"type": "array", "items": _TEXT}
_FLAG: Json = {"type": "boolean"}
_SEQ: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": "string", "format": "date-time"}
_TITLE: Json = {"type": "string", "maxLength": 200}
_WORDS: Json = {"type": "string", "maxLength": 20000}
_ACCESS: Json = {"enum": ["open", "link"]}
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


def _maybe(body: Json) -> Json:
    return {"requestBody": {**body["requestBody"], "required": False}}


def _form(required: Json, **optional: Json) -> Json:
    return {**_object(required, **optional), "additionalProperties": False}


EDIT_BODY = _body(_ref("Edit"), "One edit; its verb says which fields it has.")
PROPOSAL_BODY = _body(_ref("NewProposal"), "What the proposal is called and, if you like, why.")
WORDS_BODY = _body(_ref("NewWords"), "What is to be called or said otherwise.")
PATTERN_BODY = _body(_ref("NewPattern"), "The pattern's name, and a road or an area.")
FORK_BODY = _body(_ref("NewFork"), "What the new proposal is called, if not the same, and from which revision.")
MERGE_BODY = _body(_ref("NewMerge"), "The other proposal, and what to keep where both dispute something.")
REBASE_BODY = _body(_ref("NewRebase"), "What to do with edits that no longer fit.")
REASON_BODY = _maybe(_body(_ref("Reason"), "Why, if you like."))
REVIEW_BODY = _body(_ref("NewReview"), "The decision and its reason.")
MODEL_BODY: Json = {
    "requestBody": {
        "required": True,
        "description": "The file: GLB, glTF 2.0 with everything in one file, OBJ, STL or PLY.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
COMMENT_BODY = _body(_ref("NewComment"), "The text, and where it is pinned, if anywhere.")

_SHAPES: Json = {
    "Problem": problems.SCHEMA,
    "NewProposal": _form({"title": {**_TITLE, "minLength": 1}}, words=_WORDS, access=_ACCESS),
    "NewWords": _form({}, title={**_TITLE, "minLength": 1}, words=_WORDS),
    "NewFork": _form({}, title=_TITLE, words=_WORDS, access=_ACCESS, seq=_SEQ),
    "NewMerge": _form(
        {"with": _TEXT}, choices={"type": "object", "additionalProperties": {"enum": ["a", "b"]}}, title=_TITLE,
        words=_WORDS, access=_ACCESS,
    ),
    "NewRebase": _form(
        {},
        answers={
            "type": "object", "description": "By the orphan's number: another edit, \"keep\", or null to give it up.",
            "additionalProperties": {"anyOf": [_ref("Edit"), {"const": "keep"}, {"type": "null"}]},
        },
    ),
    "NewPattern": _form(
        {"pattern": _TEXT}, road=_TEXT, between={"type": "array", "items": _POSITION, "minItems": 2, "maxItems": 2},
        area=_list(_list(_POSITION)),
    ),
    "Reason": _form({}, reason={"type": "string", "maxLength": 5000}),
    "NewReview": _form(
        {"decision": {"enum": ["accepted", "rejected"]},
         "reason": {"type": "string", "minLength": 1, "maxLength": 5000}}
    ),
    "NewComment": _form(
        {"text": {"type": "string", "minLength": 1, "maxLength": 5000}}, feature=_TEXT, at=_POSITION, reply_to=_TEXT
    ),
    "State": {"enum": ["draft", "submitted", "accepted", "rejected", "withdrawn"]},
    "Decision": _object(
        {"state": _ref("State"), "by": _TEXT, "reason": _TEXT, "time": _TIME, "seq": _SEQ, "revision": _TEXT}
    ),
    "Proposal": _object(
        {"id": _TEXT, "scene": _TEXT, "title": _TEXT, "words": _TEXT, "status": _ref("State"), "by": _TEXT,
         "base": _TEXT, "access": _ACCESS, "look": _TEXT, "page": _TEXT, "created": _TIME},
        role={"enum": ["planner", "citizen", "viewer"]},
        code=_TEXT, seq=_SEQ, epoch=_TEXT, revision=_TEXT, up_to_date=_FLAG, settled=_FLAG,
        decisions=_list(_ref("Decision")),
        frozen={"anyOf": [_object({"seq": _SEQ, "revision": _TEXT}), {"type": "null"}]},
        next_states=_list(_ref("State")), origins=_list(_object({"proposal": _TEXT, "seq": _SEQ})), forks=_IDS,
    ),
    "Patterns": _object(
        {"patterns": _list(_object(
            {"name": _TEXT, "title": _TEXT, "words": _TEXT, "along": {"enum": ["street", "block", "either"]},
             "verbs": _IDS}
        ))}
    ),
    "Comment": _object(
        {"id": _TEXT, "by": _TEXT, "text": _TEXT, "time": _TIME, "seq": _SEQ},
        feature={"type": ["string", "null"]}, at={"anyOf": [_POSITION, {"type": "null"}]},
        reply_to={"type": ["string", "null"]},
    ),
    "Comments": _object({"comments": _list(_ref("Comment"))}),
    "History": _object(
        {"seq": _SEQ, "history": _list(_object(
            {"kind": _TEXT, "seq": _SEQ, "by": _TEXT, "time": _TIME, "sentence": _TEXT}, stands=_FLAG, revision=_TEXT
        ))}
    ),
    "Cost": _object(
        {"currency": _TEXT, "date": _TEXT, "low": _NUMBER, "high": _NUMBER, "sentence": _TEXT,
         "items": _list(_object({"work": _TEXT, "amount": _NUMBER, "low": _NUMBER, "high": _NUMBER,
                                 "price": {"type": "object"}})),
         "unpriced": _list(_object({"work": _TEXT, "amount": _NUMBER}))},
        seq=_SEQ, prices={"type": "object"}, edits=_list({"type": "object"}),
    ),
    "Model": _object(
        {"id": _TEXT, "title": _TEXT, "triangles": _WHOLE, "height_m": _NUMBER, "width_m": _NUMBER, "depth_m": _NUMBER,
         "footprint_m2": _NUMBER},
        format=_TEXT, read=_WHOLE, notes=_IDS,
    ),
    "Rebase": _object(
        {"from": _TEXT, "to": _TEXT, "kept_base": _FLAG, "edits": _list({"type": "object"}),
         "found": _list({"type": "object"}), "orphans": _list({"type": "object"}), "waiting": _list({"type": "object"}),
         "given_up": _list(_WHOLE)},
        needed=_FLAG, seq=_SEQ, op_id=_TEXT,
    ),
    "Warning": _object({"code": _TEXT, "detail": _TEXT}, at={"anyOf": [_POSITION, {"type": "null"}]}),
    "EditResult": _object(
        {"changed": _IDS, "created": _IDS, "warnings": _list(_ref("Warning")), "sentence": _TEXT, "seq": _WHOLE},
        op_id=_TEXT, dry_run=_FLAG, cost=_ref("Cost"), pattern=_TEXT, edits=_list(_ref("Edit")), sentences=_IDS,
        left_out=_IDS,
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
        {"seq": _WHOLE, "revision": _TEXT, "status": {"enum": ["running", "fast", "full"]},
         "indicators": _list(_ref("Indicator")),
         "models": _list(_object({"name": _TEXT, "version": _TEXT, "seconds": _NUMBER, "quality": _TEXT})),
         "layers": _list(_ref("ImpactLayer")), "refused": _list(_object({"model": _TEXT, "detail": _TEXT}))},
        residents={"type": "object", "description": "Who gains and who loses, as far as people are counted."},
    ),
    "Edits": _object(
        {"scene": _TEXT, "base": _TEXT, "seq": _WHOLE, "edits": _list(_ref("Edit")), "log": _list({"type": "object"})},
        waiting=_list({"type": "object"}),
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
    ("/api/proposals/{id}", "patch"): "Proposal",
    ("/api/proposals/{id}/edits", "get"): "Edits",
    ("/api/proposals/{id}/edits", "post"): "EditResult",
    ("/api/proposals/{id}/undo", "post"): "EditResult",
    ("/api/proposals/{id}/redo", "post"): "EditResult",
    ("/api/proposals/{id}/impacts", "get"): "Impacts",
    ("/api/proposals/{id}/cost", "get"): "Cost",
    ("/api/proposals/{id}/patterns", "post"): "EditResult",
    ("/api/scenes/{scene}/patterns", "get"): "Patterns",
    ("/api/proposals/{id}/forks", "post"): "Proposal",
    ("/api/proposals/{id}/merges", "post"): "Proposal",
    ("/api/proposals/{id}/rebase", "get"): "Rebase",
    ("/api/proposals/{id}/rebase", "post"): "Rebase",
    ("/api/proposals/{id}/submit", "post"): "Proposal",
    ("/api/proposals/{id}/withdraw", "post"): "Proposal",
    ("/api/proposals/{id}/review", "post"): "Proposal",
    ("/api/proposals/{id}/comments", "get"): "Comments",
    ("/api/proposals/{id}/comments", "post"): "Comment",
    ("/api/models", "post"): "Model",
    ("/api/models/{id}", "get"): "Model",
    ("/api/proposals/{id}/history", "get"): "History",
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
