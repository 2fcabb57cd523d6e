"""Proposals side by side, as a page."""

from html import escape

from citiverse.server.page import document, languages, measure, signed, verdict
from citiverse.server.words import Words
from citiverse.session.messages import Json


def comparison_page(told: Json, address: str, words: Words) -> str:
    """The table of `citiverse.session.comparing` as a page; `address` is the query that reproduces it."""
    names = "".join(
        f'<th scope="col" class="n"><a href="/p/{each["id"]}?seq={each["seq"]}">{escape(each["title"])}</a></th>'
        for each in told["proposals"]
    )
    parts = [
        f"<header><h1>{escape(words('compare.title'))}</h1>",
        f'<nav><a href="/api/compare.csv?{escape(address)}">{escape(words("compare.csv"))}</a>',
        f"{languages(f'/compare?{address}&', words)}</nav></header>",
        f"<p>{escape(words('page.impacts.running'))}</p>" if told["status"] != "full" else "",
        f'<div class="wide"><table><thead><tr><th scope="col">{escape(words("page.measure"))}</th>',
        f'<th scope="col" class="n">{escape(words("page.now"))}</th>{names}</tr></thead><tbody>',
        *(_compared(row, words) for row in told["rows"]),
        "</tbody></table></div>",
    ]
    again = '<meta http-equiv="refresh" content="4">' if told["status"] != "full" else ""
    return document(words("compare.title"), words, parts, again)


def _compared(row: Json, words: Words) -> str:
    cells = "".join(
        f'<td class="n">{words.number(each["value"])}<br><span class="note">{signed(each["difference"], words)} ('
        f"{escape(words('page.range', low=signed(each['low'], words), high=signed(each['high'], words)))})</span><br>"
        f"{verdict(each['verdict'], words)}</td>"
        for each in row["proposals"]
    )
    head = f'<th scope="row">{measure(row, words)}</th>'
    return f'<tr>{head}<td class="n">{words.number(row["baseline"])}</td>{cells}</tr>'
