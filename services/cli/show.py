"""Draws an enriched article in the terminal: who said what, figures and names, so that a person can judge at a glance."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import click

_COLOURS = {"PER": "cyan", "ORG": "yellow", "LOC": "magenta", "MISC": "white"}
_QUOTE, _FIGURE, _CLAIM = "green", "blue", "red"
_WIDTH = 100
_DIM_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something to draw over start:end of the text."""

    start: int
    end: int
    before: str = ""
    after: str = ""
    style: tuple[tuple[str, Any], ...] = ()


def drawn(event: Mapping[str, Any]) -> str:
    """Return the article as lines for a terminal, with colours; without them the brackets still tell."""
    if "error" in event:
        return click.style(f"{event['error']}", fg="red")
    body = event.get("body")
    if not body:
        return click.style(f"{event['article_id']}: no text ({event['action']})", dim=True)
    parts = [_head(event), _marked(body["text"], list(_marks(event))), *_lists(event)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(event: Mapping[str, Any]) -> str:
    language = event["language"]
    facts = [
        f"{language['tag']} {language['confidence']:.2f}",
        f"{event['body']['word_count']} words",
        event["source"]["name"] if event["source"].get("name") else "",
        event.get("published_at") or "",
        *(f"{step['step']}: {step['status']} ({step['reason']})" for step in event["enrichment"] if step.get("reason")),
    ]
    title = click.style(event.get("title") or event["article_id"], bold=True)
    return f"{title}\n{click.style(' · '.join(filter(None, facts)), dim=True)}"


def _marks(event: Mapping[str, Any]) -> Iterator[_Mark]:
    for quote in event["quotes"]:
        style = (("fg", _QUOTE), ("dim", quote["confidence"] < _DIM_BELOW))
        for place, span in enumerate(quote["spans"]):
            yield _Mark(span["start"], span["end"], f"⟦{quote['id'] if place == 0 else '…'} ", "⟧", style)
        if quote.get("cue"):
            yield _Mark(quote["cue"]["start"], quote["cue"]["end"], style=(("underline", True),))
        if speaker := quote.get("speaker"):
            yield _Mark(speaker["start"], speaker["end"], style=(("bold", True),))
    for figure in event["figures"]:
        yield _Mark(figure["start"], figure["end"], "", f"‹{_value(figure)}›", (("fg", _FIGURE),))
    for entity in event["entities"]:
        for mention in entity["mentions"]:
            yield _Mark(mention["start"], mention["end"], style=(("fg", _COLOURS[entity["type"]]),))


def _value(figure: Mapping[str, Any]) -> str:
    if figure.get("date"):
        return str(figure["date"])
    value = f"{figure['value']:,.10g}" if figure.get("value") is not None else "?"
    if figure.get("value_max") is not None:
        value += f"–{figure['value_max']:,.10g}"
    words = (figure.get("qualifier"), value, figure.get("unit"), figure.get("object"), figure.get("change"))
    return " ".join(filter(None, words))


def _marked(text: str, marks: Sequence[_Mark]) -> str:
    """Return the text with what is drawn over each piece of it."""
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.start, mark.end))})
    pieces: list[str] = []
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.start <= start and end <= mark.end]
        style: dict[str, Any] = {}
        for mark in over:
            style |= {name: value for name, value in mark.style if value}
        opens = "".join(mark.before for mark in over if mark.start == start)
        closes = "".join(mark.after for mark in reversed(over) if mark.end == end)
        pieces += (click.style(opens, dim=True) if opens else "", click.style(text[start:end], **style))
        pieces.append(click.style(closes, fg=_FIGURE, dim=True) if closes else "")
    return "".join(pieces)


def _lists(event: Mapping[str, Any]) -> Iterator[str]:
    if event["quotes"]:
        yield "\n".join([click.style("Who said what", bold=True), *map(_quote, event["quotes"])])
    if event["claims"]:
        best = sorted(event["claims"], key=lambda claim: -claim["check_worthiness"])
        yield "\n".join([click.style("Worth checking", bold=True), *map(_claim, best)])
    if event["entities"]:
        names = ", ".join(
            click.style(entity["name"], fg=_COLOURS[entity["type"]]) + f" ({entity['type']} {len(entity['mentions'])}×)"
            for entity in event["entities"]
        )
        yield f"{click.style('Names', bold=True)}\n  {names}"


def _quote(quote: Mapping[str, Any]) -> str:
    speaker = quote.get("speaker")
    who = click.style("nobody named", dim=True)
    if speaker:
        role = f", {speaker['role']}" if speaker.get("role") and speaker.get("name") else ""
        how = f", by {speaker['resolved_from'].replace('_', ' ')}" if speaker.get("resolved_from") else ""
        name = click.style(speaker.get("name") or f"“{speaker['text']}”", bold=True)
        who = name + role + click.style(f"{how} {speaker['confidence']:.2f}", dim=True)
    kind = quote["type"] if quote["act"] == "statement" else f"{quote['type']} {quote['act']}"
    sure = click.style(f"({kind} {quote['confidence']:.2f})", dim=True)
    said = textwrap.shorten(quote["text"], _WIDTH, placeholder=" …")
    return f"  {quote['id']:4}{who} {sure}\n      {click.style(said, fg=_QUOTE)}"


def _claim(claim: Mapping[str, Any]) -> str:
    reasons = " ".join(f"{reason['name']}{reason['weight']:+.1f}" for reason in claim["reasons"])
    said = textwrap.shorten(claim["text"], _WIDTH, placeholder=" …")
    score = click.style(f"{claim['check_worthiness']:.2f}", fg=_CLAIM)
    who = f" {click.style(claim['claimant'], bold=True)}" if claim.get("claimant") else ""
    return f"  {score} {said}\n      {', '.join(claim['types'])};{who} {click.style(reasons, dim=True)}"
