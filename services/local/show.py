"""Shows enriched articles, dead letters and metrics to people: tables and colours; plain text in a pipe."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.contract.enriched import (
    EnrichedArticleV1,
    EntityType,
    Figure,
    FigureKind,
    PublicationStatus,
    Quote,
    QuoteType,
)
from services.local.scrape import Samples

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

    from services.local.demo import Enriched, Outcome

# Wide enough for the table, narrow enough to read; in a pipe there is no width to ask for.
_PIPE_WIDTH = 100
_WIDEST = 140
_OTHER_COLUMNS = 47
_TITLE_CHARS = 72
_QUOTE_CHARS = 170
_NAMES = 5
_FIGURES = 10
# Kinds whose notation differs most from one language to another.
_TELLING = frozenset({FigureKind.MONEY, FigureKind.QUANTITY, FigureKind.PERCENT})


def console() -> Console:
    """Return standard output, 100 columns wide if it is no terminal."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def show_outcome(out: Console, outcome: "Outcome") -> None:
    """Show what the demonstration found: an overview, who said what, the metrics."""
    out.print(_overview(outcome.enriched, out.width))
    out.print(_who_said_what(outcome.enriched))
    out.print(_figures(outcome.enriched))
    out.print(_metrics(outcome.metrics))


def show_record(out: Console, topic: str, record: "ConsumerRecord") -> None:
    """Show one record of a topic in a few lines."""
    try:
        document = orjson.loads(record.value or b"null")
        match topic:
            case "enriched" | "latest":
                out.print(_article(EnrichedArticleV1.model_validate(document)))
            case "claims":
                out.print(_claim(document))
            case "dead-letter":
                where = "{topic}/{partition}/{offset}".format_map(document["original"])
                out.print(
                    Text.assemble((f"{document['reason']} ", "bold red"), (where, "dim"), f"\n  {document['detail']}")
                )
            case _:
                text = (
                    document.get("title") or document.get("url") or document.get("body") or document.get("action") or ""
                )
                where = f"{record.partition}/{record.offset} "
                out.print(Text.assemble((where, "dim"), _shortened(str(text), _TITLE_CHARS)))
    except (ValueError, KeyError, TypeError, AttributeError):  # anything may be on a topic
        where = f"{record.topic}/{record.partition}/{record.offset}"
        out.print(Text.assemble((where, "dim"), f" {_shortened(repr(record.value), 200)}"))


def _overview(articles: "list[Enriched]", width: int) -> Group:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("#", justify="right", style="dim")
    table.add_column("article: people · places · organisations", no_wrap=True)
    table.add_column("lang", no_wrap=True)
    for name in ("quotes", "figures", "claims", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    relations = _relations(articles)
    for number, article in enumerate(articles, 1):
        event = article.event
        cell = [Text(event.title or event.reason or article.origin)]
        if event.entities:
            cell.append(Text(_names(event), style="dim"))
        if number in relations:
            cell.append(Text(relations[number], style="yellow"))
        for line in cell:
            line.truncate(min(width, _WIDEST) - _OTHER_COLUMNS, overflow="ellipsis")
        language = "–" if event.language is None else event.language.tag
        table.add_row(
            str(number),
            Text("\n").join(cell),
            language,
            *(str(len(found) or "·") for found in (event.quotes, event.figures, event.claims)),
            "" if article.seconds is None else f"{article.seconds:.2f} s",
        )
    languages = Counter(a.event.language.tag for a in articles if a.event.language)
    heading = f"{len(articles)} articles in {len(languages)} languages"
    return Group(Text(f"\n{heading}", style="bold"), table)


def _relations(articles: "list[Enriched]") -> dict[int, str]:
    """Say which article corrects, retracts or repeats which other; numbers as in the table."""
    said: dict[int, list[str]] = {}
    by_id: dict[str, int] = {}
    by_content: dict[str, list[int]] = {}
    for number, article in enumerate(articles, 1):
        event = article.event
        earlier = by_id.get(event.article_id)
        target = f" #{earlier}" if earlier else ""
        if event.status is PublicationStatus.CANCELED:
            said.setdefault(number, []).append(
                f"canceled: retracts{target}" + (f" – {event.reason}" if event.title else "")
            )
        elif earlier:
            said.setdefault(number, []).append(f"new version of{target}")
        by_id[event.article_id] = number
        if event.dedup is not None:
            by_content.setdefault(event.dedup.content_hash, []).append(number)
    for numbers in by_content.values():
        for number in numbers:
            if others := [f"#{other}" for other in numbers if other != number]:
                said.setdefault(number, []).append(f"same text as {', '.join(others)}")
    return {number: "; ".join(lines) for number, lines in said.items()}


def _names(event: EnrichedArticleV1) -> str:
    """Return the most salient people, places and organisations."""
    parts = []
    for type in (EntityType.PER, EntityType.LOC, EntityType.ORG):
        found = sorted((e for e in event.entities if e.type is type), key=lambda e: -e.salience)
        names = list(dict.fromkeys(e.name for e in found))
        if names:
            more = f" +{len(names) - 2}" if len(names) > 2 else ""
            parts.append(", ".join(names[:2]) + more)
    return _shortened(" · ".join(parts), 2 * _TITLE_CHARS)


def _who_said_what(articles: "list[Enriched]") -> Group:
    """Show the best quote of each article; what a copy or a correction repeats is not shown again."""
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim")
    table.add_column(ratio=1)
    seen: set[str] = set()
    for number, article in enumerate(articles, 1):
        for quote in best_quotes((q for q in article.event.quotes if q.text not in seen), 1):
            seen.add(quote.text)
            table.add_row(f" #{number}", _quote(quote))
    return Group(Text("Who said what", style="bold"), table, Text("")) if seen else Group()


def best_quotes(quotes: Iterable[Quote], count: int) -> list[Quote]:
    """Return the quotes that say most: known speaker, direct speech, not too short, sure; in the article's order."""

    def merit(quote: Quote) -> tuple[bool, bool, bool, float]:
        is_named = quote.speaker is not None and quote.speaker.name is not None
        return is_named, quote.type is QuoteType.DIRECT, 40 <= len(quote.text) <= _QUOTE_CHARS, quote.confidence

    chosen = sorted(quotes, key=merit, reverse=True)[:count]
    return sorted(chosen, key=lambda quote: quote.spans[0].start if quote.spans else 0)


def _quote(quote: Quote) -> Text:
    speaker = quote.speaker
    name = (speaker.name or speaker.text) if speaker else "unknown speaker"
    role = f", {_shortened(speaker.role, 40)}" if speaker and speaker.role else ""
    said = _shortened(quote.text, _QUOTE_CHARS)
    marked = f"“{said}”" if quote.type is QuoteType.DIRECT else said
    return Text.assemble((name, "bold cyan" if speaker else "dim"), (role, "dim"), ": ", marked)


def _figures(articles: "list[Enriched]") -> Group:
    """Show what numbers mean, one an article: those that are written least like their value."""
    table = Table.grid(padding=(0, 1))
    for _ in range(3):
        table.add_column(no_wrap=True, overflow="ellipsis")
    chosen = []
    for number, article in enumerate(articles, 1):
        read = [f for f in article.event.figures if f.value is not None and f.unit and f.kind in _TELLING]
        if read:
            chosen.append((number, max(read, key=lambda f: (bool(f.scale), f.kind is FigureKind.MONEY, len(f.text)))))
    for number, figure in chosen[:_FIGURES]:
        upper = "" if figure.value_max is None else f" to {figure.value_max:,.10g}"
        value = f"{figure.value:,.10g}{upper} {figure.unit}"
        table.add_row(
            Text(f" #{number:<3}", style="dim"), _shortened(figure.text, 40), Text(f"= {value}", style="cyan")
        )
    return Group(Text("What figures mean", style="bold"), table, Text("")) if chosen else Group()


def _article(event: EnrichedArticleV1) -> Group:
    language = event.language.tag if event.language else "–"
    source = event.source.name or event.source.domain or ""
    status = "" if event.status is PublicationStatus.USABLE else f" {event.status}"
    head = Text.assemble(
        (event.title or event.reason or event.article_id, "bold"),
        (f"  {language}  {source}", "dim"),
        (status, "yellow"),
    )
    lines = [_quote(quote) for quote in best_quotes(event.quotes, 3)]
    if event.entities:
        lines.insert(0, Text(_names(event), style="dim"))
    if event.figures:
        lines.append(Text(_shortened("figures: " + ", ".join(map(_figure, event.figures[:_NAMES])), 140), style="dim"))
    return Group(head, *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _figure(figure: Figure) -> str:
    return " ".join(figure.text.split())


def _claim(document: dict[str, dict[str, object]]) -> Text:
    claim = document["claim"]
    return Text.assemble(
        (f"{claim['check_worthiness']:.2f} ", "bold"),
        str(claim["text"]),
        (f"  {claim.get('claimant') or ''}  {document.get('language')}", "dim"),
    )


def _metrics(samples: Samples) -> Group:
    total, by = samples.total, samples.by
    latency = [samples.quantile("claimwire_e2e_latency_seconds", q) for q in (0.5, 0.95)]
    steps = by("claimwire_enrich_step_total", "outcome")
    slowest = _slowest_step(samples)
    rows = {
        "submitted over HTTP": _counts(by("claimwire_articles_submitted_total", "outcome")),
        "consumed from Kafka": f"{total('claimwire_events_consumed_total'):.0f}",
        "outcomes": _counts(by("claimwire_events_terminal_total", "outcome")),
        "dead letters": f"{total('claimwire_dead_letters_total'):.0f}",
        "latency": "p50 {}, p95 {}".format(*("–" if value is None else f"{value:.2f} s" for value in latency)),
        "steps": _counts(steps) + (f"; slowest on average: {slowest}" if slowest else ""),
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for name, value in rows.items():
        table.add_row(f" {name}", value)
    return Group(Text("Metrics, as Prometheus scrapes them", style="bold"), table, Text(""))


def _slowest_step(samples: Samples) -> str:
    name = "claimwire_enrich_step_duration_seconds"
    sums, counts = samples.by(f"{name}_sum", "step"), samples.by(f"{name}_count", "step")
    means = {step: total / counts[step] for step, total in sums.items()}
    slowest = max(means, key=means.__getitem__, default=None)
    return f"{slowest}, {1000 * means[slowest]:.1f} ms" if slowest else ""


def _counts(counts: dict[str, float]) -> str:
    return ", ".join(f"{count:.0f} {name}" for name, count in sorted(counts.items(), key=lambda kv: -kv[1])) or "0"


def _shortened(text: str, characters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def write_lines(path: Path, values: Iterable[bytes]) -> None:
    """Write values to a file, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(value + b"\n" for value in values))
