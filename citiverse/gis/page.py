"""The import report as a page of its own, which needs nothing from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from citiverse.gis.crs import named
from citiverse.gis.report import Report

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;"
    "background:#fff}h1,h2{line-height:1.2}table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d5dae1;vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.lacks{color:#9a3412}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#12161c}th,td{border-color:#333b46}"
    ".lacks{color:#fdba74}}@media print{body{margin:0}}"
)


def report_page(report: Report, models: Mapping[str, tuple[str, ...]], advice: Sequence[str]) -> str:
    """The report as HTML for a person to read or print."""
    body = [
        f"<h1>{escape(report.scene)}: what was read</h1>",
        _table(
            ("File", "Format", "Coordinates", "Licence"),
            [
                (each.file, each.format, "; ".join((named(each.crs), *each.remarks)), each.licence)
                for each in report.sources
            ],
        ),
        *_layers(report),
        "<h2>What became of every object</h2>",
        _table(
            ("Kind", "Read", "Built", "Repaired", "Skipped"),
            [
                (kind.replace("_", " "), n.read, n.built, n.repaired, n.skipped)
                for kind, n in report.tally.kinds.items()
            ],
        ),
    ]
    if report.tally.reasons:
        rows = [
            (len(ids), kind.replace("_", " "), outcome, reason, ", ".join(ids[:3]) + (" …" if len(ids) > 3 else ""))
            for (kind, outcome, reason), ids in report.tally.reasons.items()
        ]
        body += ["<h2>Why</h2>", _table(("Count", "Kind", "Outcome", "Reason", "For example"), rows)]
    if report.attributes:
        known = [(name, *(each[basis] for basis in _BASES)) for name, each in report.attributes.items()]
        body += ["<h2>How attributes are known</h2>", _table(("Attribute", "Measured", "Tagged", "Estimated"), known)]
    body += ["<h2>What the models can do with it</h2>", "<ul>"]
    for name, missing in models.items():
        lacks = f'<span class="lacks">lacks {escape(", ".join(missing))}</span>' if missing else "ready"
        body.append(f"<li>{escape(name)}: {lacks}</li>")
    body.append("</ul>")
    if advice:
        sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in advice)
        body += ["<h2>What would make it better</h2>", f"<ul>{sentences}</ul>"]
    title = escape(report.scene)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{title}: import report</title><style>{_STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(body)}\n</body></html>\n"
    )


_BASES = ("measured", "tagged", "estimated")


def _layers(report: Report) -> list[str]:
    rows = [
        (source.file, layer.layer, layer.role, layer.rows, ", ".join(f"{k} from {v}" for k, v in layer.columns.items()))
        for source in report.sources
        for layer in source.layers
    ]
    heads = ("File", "Layer", "Taken for", "Rows", "Columns")
    return ["<h2>What layers were taken for</h2>", _table(heads, rows)] if rows else []


def _table(heads: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ["".join(_cell(cell) for cell in row) for row in rows]
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _cell(value: object) -> str:
    return f'<td class="n">{value}</td>' if isinstance(value, int) else f"<td>{escape(str(value))}</td>"
