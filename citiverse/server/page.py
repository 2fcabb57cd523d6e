"""The public page of a proposal, and proposals side by side: HTML that needs no script and prints well."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import orjson

from citiverse.city.source import Source
from citiverse.proposal.cost import Cost, Prices
from citiverse.proposal.situation import EditWarning
from citiverse.proposal.tongue import warned, worked
from citiverse.server.words import LANGUAGES, Words, words_in
from citiverse.session.branch import Step
from citiverse.session.messages import Json
from citiverse.session.record import Comment, Decision, Proposal
from citiverse.session.scene import OpenScene
from citiverse.session.telling import Said, said_of, told_time

_STYLE = """:root{color-scheme:light;--line:#c9c5bd;--soft:#f4f2ee;--ink:#1d1c1a;--link:#0b57a4}
*{box-sizing:border-box}body{font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:#fff;margin:0 auto;
max-width:58rem;padding:1rem 1rem 4rem}a{color:var(--link)}h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0;
overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line)}
p,li,td,blockquote{overflow-wrap:anywhere}.lead{color:#55524c;margin:.2rem 0 1rem}.state{display:inline-block;
padding:.1rem .7rem;border-radius:1rem;background:#e7e3da;font-weight:600}.state-accepted{background:#cfe8cf}
.state-rejected,.state-withdrawn{background:#f1d3cf}.state-submitted{background:#d5e3f3}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.6rem 0}nav a{padding:.3rem 0}.words{white-space:pre-line}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:.8rem}figure{margin:0}
figure img{width:100%;height:auto;aspect-ratio:16/9;background:var(--soft);border-radius:.3rem;display:block}
figcaption{font-size:.9rem;color:#55524c}.map{width:100%;height:auto;border:1px solid var(--line);border-radius:.3rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}
td.n{white-space:nowrap;overflow-wrap:normal}td.n .note{white-space:normal}
.better{color:#1c6b2a;font-weight:600}.worse{color:#a3241a;font-weight:600}
.note{color:#55524c;font-size:.92rem}.warn{border-left:4px solid #d9661a;padding-left:.7rem}
.comment{border-left:3px solid var(--line);padding:.1rem 0 .1rem .8rem;margin:.9rem 0}.comment p{white-space:pre-line;
margin:.2rem 0}textarea{width:100%;min-height:6rem;font:inherit;padding:.5rem}button{font:inherit;padding:.55rem 1.4rem;
margin-top:.4rem;cursor:pointer}del{color:#77736b}
@media print{nav,form,.noprint{display:none}body{max-width:none;padding:0;font-size:10.5pt}h2{break-after:avoid}
figure,table,.comment,.map{break-inside:avoid}a{color:inherit;text-decoration:none}
td a[href]::after{content:" (" attr(href) ")";font-size:.8em;overflow-wrap:anywhere}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of a proposal shows; `may_comment` where its reader may take part."""

    proposal: Proposal
    scene: OpenScene
    seq: int
    latest: int
    steps: Sequence[Step]
    up_to_date: bool
    impacts: Json
    cost: Cost
    warnings: Sequence[EditWarning]
    decisions: Sequence[Decision]
    comments: Sequence[Comment]
    origins: Sequence[Proposal]
    forks: Sequence[Proposal]
    history: Sequence[Json]
    map: str
    key: str
    may_comment: bool


def proposal_page(sheet: Sheet, words: Words) -> str:
    """The page of a proposal in one language."""
    proposal = sheet.proposal
    parts = [
        *_head(sheet, words),
        *_section(words("page.words"), [f'<p class="words">{escape(proposal.words)}</p>'] if proposal.words else []),
        *_section(words("page.pictures"), _pictures(sheet, words)),
        *_section(words("page.changes"), _changes(sheet.steps, words)),
        *_section(words("page.map"), [sheet.map]),
        *_section(words("page.warnings"), _warnings(sheet.warnings, words)),
        *_section(words("page.impacts"), _impacts(sheet.impacts, words)),
        *_section(words("page.cost"), _cost(sheet.cost, sheet.scene.prices, words)),
        *_section(words("page.history"), _history(sheet.history, words)),
        *_section(words("page.comments"), _comments(sheet, words)),
        *_section(words("page.data"), _sources(sheet.scene.city.sources, words)),
    ]
    return document(proposal.title, words, parts)


def document(title: str, words: Words, parts: Iterable[str], head: str = "") -> str:
    """A page of these parts."""
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f'<link rel="icon" href="data:,">{head}'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def languages(address: str, words: Words) -> str:
    """Links to the page in the other languages; `address` ends where a query may go on."""
    return "".join(
        f'<a href="{escape(address)}lang={each}" hreflang="{each}" lang="{each}">'
        f"{escape(words_in(each)('meta.language'))}</a>"
        for each in LANGUAGES
        if each != words.language
    )


def english(text: str) -> str:
    """A sentence that comes in English, whatever the page's language."""
    return f'<span lang="en">{escape(text)}</span>'


def measure(row: Json, words: Words) -> str:
    """What an indicator or a row of a comparison measures, with its unit, in the page's language where it is known."""
    known = words.sentences.get(f"indicator.{row['id']}")
    unit = words.sentences.get(f"unit.{row['unit']}", row["unit"])
    label = escape(known) if known else english(row["label"])
    return f'{label} <span class="note">({escape(unit)})</span>'


def _in(words: Words, text: str, said: Mapping[str, str]) -> str:
    """What is `said` in the page's language, or an English text as such."""
    told = said.get(words.language, text)
    return english(text) if told == text and words.language != "en" else escape(told)


def verdict(said: str | None, words: Words) -> str:
    """A verdict, coloured."""
    if said is None:
        return ""
    kind = said if said in ("better", "worse") else ""
    return f'<span class="{kind}">{escape(words(f"verdict.{said}"))}</span>'


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    content = "".join(parts)
    if content:
        yield f"<section><h2>{escape(title)}</h2>{content}</section>"


def _head(sheet: Sheet, words: Words) -> Iterator[str]:
    proposal, seq = sheet.proposal, sheet.seq
    yield f'<header><p class="note">{escape(words("page.proposal", scene=sheet.scene.title))}</p>'
    yield f"<h1>{escape(proposal.title)}</h1>"
    state = escape(words(f"state.{proposal.state}"))
    yield f'<p class="lead"><span class="state state-{proposal.state}">{state}</span> '
    yield f"{escape(words('page.by', by=proposal.by or '–', date=_date(proposal.created)))}</p>"
    for decision in sheet.decisions:
        if decision.reason and decision.state != "draft":
            said = f"{words(f'state.{decision.state}')}, {decision.by}, {_date(decision.at)}: {decision.reason}"
            yield f'<p class="words">{escape(said)}</p>'
    if not sheet.up_to_date:
        yield f'<p class="warn">{escape(words("page.outdated"))}</p>'
    key = f"&key={quote(sheet.key)}" if sheet.key else ""
    if seq != sheet.latest:
        said = words("page.revision", seq=seq, latest=sheet.latest)
        yield f'<p class="warn">{escape(said)} <a href="/p/{proposal.id}">{escape(words("page.latest"))}</a></p>'
    scene = quote(proposal.scene)
    links = [
        (f"/?scene={scene}&proposal={proposal.id}{key}", words("page.open")),
        (f"/compare?of={proposal.id}@{seq}", words("page.compare")),
        (f"/api/proposals/{proposal.id}/edits?seq={seq}", words("page.edits")),
    ]
    anchors = "".join(f'<a href="{escape(address)}">{escape(text)}</a>' for address, text in links)
    yield f"<nav>{anchors}{languages(f'/p/{proposal.id}?seq={seq}{key}&', words)}</nav>"
    for title, others in ((words("page.origins"), sheet.origins), (words("page.forks"), sheet.forks)):
        if others:
            listed = ", ".join(f'<a href="/p/{each.id}">{escape(each.title)}</a>' for each in others)
            yield f"<p>{escape(title)}: {listed}</p>"
    yield f'<p class="note">{escape(words("page.english"))}</p>' if words.language != "en" else ""
    yield "</header>"


def _pictures(sheet: Sheet, words: Words) -> Iterator[str]:
    yield '<div class="pictures">'
    for view in ("bird", "eye"):
        for side in ("before", "after"):
            text = escape(words(f"page.{side}.{view}"))
            source = f"/api/proposals/{sheet.proposal.id}/{side}.png?view={view}&amp;seq={sheet.seq}"
            yield f'<figure><img src="{source}" alt="{text}" width="960" height="540" loading="lazy">'
            yield f"<figcaption>{text}</figcaption></figure>"
    yield "</div>"


def _changes(steps: Sequence[Step], words: Words) -> Iterator[str]:
    if not steps:
        yield f"<p>{escape(words('page.nothing'))}</p>"
        return
    yield "<ol>"
    for step in steps:
        lost = f' <span class="worse">{escape(words("page.lost", why=step.misfit))}</span>' if step.misfit else ""
        said = _said(step.event.sentence, said_of(step.event), words)
        yield f"<li>{said}{lost}{_inner(step, words)}</li>"
    yield "</ol>"


def _said(sentence: str, said: Said, words: Words) -> str:
    """What someone did in the page's language: the sentence of an edit, or of a pattern's first and how many more."""
    told = said.sentences.get(words.language, ())
    if not told:
        return english(sentence)
    more = f" {words('page.more', count=len(told) - 1)}" if len(told) > 1 else ""
    title = words.sentences.get(f"pattern.{said.pattern}", said.title)
    return escape(f"{title}: {told[0]}{more}" if title else told[0])


def _inner(step: Step, words: Words) -> str:
    """The sentences of a pattern's edits, as they were when it was applied."""
    if step.event.kind != "pattern":
        return ""
    said = said_of(step.event).sentences.get(words.language)
    told = map(escape, said) if said else map(english, orjson.loads(step.event.answer).get("sentences", []))
    listed = "".join(f"<li>{each}</li>" for each in told)
    return f"<ul>{listed}</ul>" if listed else ""


def _warnings(found: Sequence[EditWarning], words: Words) -> Iterator[str]:
    if found:
        listed = "".join(
            f"<li>{_in(words, each.detail, warned(each))} "
            f'<span class="note">({each.at[1]:.5f}, {each.at[0]:.5f})</span></li>'
            for each in found
        )
        yield f'<ul class="warn">{listed}</ul>'


def _impacts(told: Json, words: Words) -> Iterator[str]:
    if told["status"] != "full":
        yield f"<p>{escape(words('page.impacts.running'))}</p>"
    if told["indicators"]:
        heads = [("page.measure", ""), ("page.now", "n"), ("page.then", "n"), ("page.difference", "n")]
        head = "".join(f'<th scope="col" class="{kind}">{escape(words(key))}</th>' for key, kind in heads)
        yield f'<div class="wide"><table><thead><tr>{head}<th scope="col">{escape(words("page.verdict"))}</th>'
        yield "</tr></thead><tbody>"
        for each in sorted(told["indicators"], key=lambda each: each["verdict"] == "no clear change"):
            span = words("page.range", low=signed(each["low"], words), high=signed(each["high"], words))
            now, then = words.number(each["baseline"]), words.number(each["proposal"])
            yield f'<tr><th scope="row">{measure(each, words)}</th>'
            yield f'<td class="n">{now}</td><td class="n">{then}</td>'
            yield f'<td class="n">{signed(each["difference"], words)}<br><span class="note">{escape(span)}</span></td>'
            yield f"<td>{verdict(each['verdict'], words)}</td></tr>"
        yield "</tbody></table></div>"
    for each in told["refused"]:
        yield f'<p class="note">{escape(words("page.refused", why=each["detail"]))}</p>'
    said = words("page.impacts.of", seq=told["seq"], revision=str(told["revision"])[:12])
    yield f'<p class="note">{escape(said)}</p>'


def _cost(cost: Cost, prices: Prices, words: Words) -> Iterator[str]:
    yield f"<p>{_cost_sentence(cost, words)}</p>"
    if not cost.items and not cost.unpriced:
        return
    heads = "".join(
        f'<th scope="col">{escape(words(key))}</th>'
        for key in ("page.work", "page.amount", "page.price", "page.source")
    )
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for item in cost.items:
        span = words("page.range", low=words.number(item.low, 2), high=words.number(item.high, 2))
        source = english(f"{item.price.source} ({item.price.year})")
        if item.price.url.startswith(("https://", "http://")):
            source = f'<a rel="noreferrer noopener" href="{escape(item.price.url)}">{source}</a>'
        amount = f"{words.number(item.work.amount)} {escape(item.price.unit)}"
        yield f"<tr><td>{_in(words, item.work.name, worked(item.work.name))}</td><td>{amount}</td>"
        yield f"<td>{escape(span)} {escape(cost.currency)}</td><td>{source}</td></tr>"
    for work in cost.unpriced:
        yield f"<tr><td>{_in(words, work.name, worked(work.name))}</td><td>{words.number(work.amount)}</td>"
        yield f"<td>{escape(words('page.unpriced'))}</td><td></td></tr>"
    said = words("page.cost.of", title=prices.title, date=prices.date)
    yield f'</tbody></table></div><p class="note">{escape(said)}</p>'


def _cost_sentence(cost: Cost, words: Words) -> str:
    if cost.low is None or cost.high is None or words.language == "en":
        return english(cost.sentence) if cost.items or cost.unpriced else escape(words("page.cost.nothing"))
    span = words("page.range", low=words.number(cost.low, 2), high=words.number(cost.high, 2))
    return f"{escape(span)} {escape(cost.currency)}"


def _history(history: Sequence[Json], words: Words) -> Iterator[str]:
    yield "<ol>"
    for each in history:
        key = f"state.{each['kind']}" if f"state.{each['kind']}" in words.sentences else f"kind.{each['kind']}"
        undone = f" ({escape(words('page.undone'))})" if each.get("stands") is False else ""
        when = each["time"].replace("T", " ").removesuffix("+00:00")
        yield f'<li><span class="note">{escape(when)} UTC, {escape(each["by"] or "–")}</span> {escape(words(key))}: '
        own = "said" not in each  # a title or a reason, in whatever language its writer has
        yield f"{escape(each['sentence']) if own else _said(each['sentence'], each['said'], words)}{undone}</li>"
    yield "</ol>"


def _comments(sheet: Sheet, words: Words) -> Iterator[str]:
    if not sheet.comments:
        yield f"<p>{escape(words('page.comments.none'))}</p>"
    for each in sheet.comments:
        place = each.feature or (f"{each.place[1]:.5f}, {each.place[0]:.5f}" if each.place else "")
        where = f", {words('page.comment.at', place=place)}" if place else ""
        yield f'<article class="comment" id="comment-{escape(each.id)}">'
        yield f'<p class="note">{escape(f"{each.by}, {_date(each.at)}{where}")}</p><p>{escape(each.text)}</p></article>'
    if sheet.may_comment:
        key = f"?key={quote(sheet.key)}" if sheet.key else ""
        text = escape(words("page.comment.text"))
        yield f'<form method="post" action="/api/proposals/{sheet.proposal.id}/comments{key}">'
        yield f'<label>{text}<br><textarea name="text" required maxlength="5000"></textarea></label>'
        yield f'<br><button type="submit">{escape(words("page.comment.send"))}</button></form>'


def _sources(sources: Sequence[Source], words: Words) -> Iterator[str]:
    if sources:
        listed = "".join(
            f"<li>{escape(' · '.join(filter(None, (s.credit, s.title, s.licence))))}</li>" for s in sources
        )
        yield f"<ul>{listed}</ul>"


def signed(value: float | None, words: Words) -> str:
    """A difference with its sign."""
    return words.number(value, 2, signed=True)


def _date(at: float) -> str:
    return told_time(at).partition("T")[0]
