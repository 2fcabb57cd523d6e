"""Proposals side by side: one table, the same as JSON, on the page and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from citiverse.proposal.cost import Cost
from citiverse.session.messages import Json

FIGURES = ("value", "difference", "low", "high", "verdict")


@dataclass(frozen=True, slots=True)
class Column:
    """A proposal as it was after event `seq`, what models find in it, and what it costs."""

    id: str
    seq: int
    title: str
    revision: str
    told: Json
    cost: Cost


def table(scene: str, base: str, columns: Sequence[Column]) -> Json:
    """Rows of indicators with the value in the city as it is, and for each proposal its figures; then the cost.

    `status` is running until the models are done with all of them.
    """
    found = [{(each["model"], each["id"]): each for each in column.told["indicators"]} for column in columns]
    keys = list(dict.fromkeys(key for each in found for key in each))
    rows: list[Json] = []
    for key in keys:
        some = next(each[key] for each in found if key in each)
        rows.append(
            {
                "model": key[0], "id": key[1], "label": some["label"], "unit": some["unit"], "better": some["better"],
                "baseline": some["baseline"], "proposals": [_figures(each.get(key)) for each in found],
            }
        )  # fmt: skip
    currency = columns[0].cost.currency
    costs = [_cost(column.cost) for column in columns]
    rows.append(
        {
            "model": "cost", "id": "cost.build", "label": "Cost to build", "unit": currency, "better": "lower",
            "baseline": 0.0, "proposals": costs,
        }
    )  # fmt: skip
    states = {column.told["status"] for column in columns}
    return {
        "scene": scene,
        "base": base,
        "status": "running" if "running" in states else "fast" if "fast" in states else "full",
        "proposals": [
            {
                "id": column.id, "seq": column.seq, "title": column.title, "revision": column.revision,
                "cost": column.cost.sentence, "unpriced": [work.name for work in column.cost.unpriced],
            }
            for column in columns
        ],
        "rows": rows,
    }  # fmt: skip


def as_csv(told: Json) -> str:
    """The table as CSV (RFC 4180), a line for each row with the same figures."""
    text = io.StringIO()
    write = csv.writer(text)
    names = [f"{each['id']}@{each['seq']}" for each in told["proposals"]]
    write.writerow(
        [
            "model",
            "id",
            "label",
            "unit",
            "better",
            "baseline",
            *(f"{name} {what}" for name in names for what in FIGURES),
        ]
    )
    for row in told["rows"]:
        head = [row[name] for name in ("model", "id", "label", "unit", "better", "baseline")]
        write.writerow([*head, *(figures[what] for figures in row["proposals"] for what in FIGURES)])
    return text.getvalue()


def _figures(indicator: Json | None) -> Json:
    if indicator is None:
        return dict.fromkeys(FIGURES)
    return {
        "value": indicator["proposal"], "difference": indicator["difference"], "low": indicator["low"],
        "high": indicator["high"], "verdict": indicator["verdict"],
    }  # fmt: skip


def _cost(cost: Cost) -> Json:
    middle = None if cost.low is None or cost.high is None else (cost.low + cost.high) / 2.0
    return {
        "value": middle, "difference": middle, "low": cost.low, "high": cost.high,
        "verdict": None if not middle else "worse",
    }  # fmt: skip
