"""What is in the news, and whether what is found in them changes: for editors, and to see a model that went wrong."""

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import About, Query, above, bars, heat, lines, number

_ARTICLES = 'claimwire_events_terminal_total{HERE, outcome="enriched"}'

_SHARE = "namespace_language:claimwire_language_detected:share1h"


def _an_article(counter: str) -> Query:
    return Query(f"sum(rate({counter}{{HERE}}[RATE])) / sum(rate({_ARTICLES}[RATE]))")


_NOW = Row(
    title="An article on average",
    across=6,
    height=4,
    panels=(
        number(
            "Names",
            "suffix:an article",
            _an_article("claimwire_entities_total"),
            About(
                says="People, organisations, places and others that an article names.",
                normal="hardly changes from week to week.",
                act="a fall after an upgrade is the model; one without is another kind of article.",
                runbook="language-shift",
            ),
        ),
        number(
            "Quotations",
            "suffix:an article",
            _an_article("claimwire_quotes_total"),
            About(
                says="Quotations, direct, indirect and mixed, that an article has.",
                normal="hardly changes from week to week.",
                act="none at all: quotation marks are lost on the way in; look at a raw record.",
                runbook="unknown-speakers",
            ),
        ),
        number(
            "Claims",
            "suffix:an article",
            _an_article("claimwire_claims_total"),
            About(
                says="Claims that an article makes.",
                normal="hardly changes from week to week.",
                act="a jump after an upgrade is the model.",
                runbook="re-enrich",
            ),
        ),
        number(
            "Unknown speakers",
            "percentunit",
            Query("max(namespace:claimwire_quotes_without_speaker:share1h{HERE})"),
            About(
                says="Share of the quotations whose speaker was not found, over the last hour.",
                normal="what it was in the weeks before; it depends on the languages.",
                act="compare by language and model version; a source with a new layout can do it too.",
                runbook="unknown-speakers",
            ),
            limit=above(0.35),
        ),
        number(
            "Language unknown",
            "percentunit",
            Query(
                '(sum(rate(claimwire_language_detected_total{HERE, language="und"}[RATE])) or vector(0))'
                " / sum(rate(claimwire_language_detected_total{HERE}[RATE]))"
            ),
            About(
                says="Share of the articles whose language cannot be told.",
                normal="near none.",
                act="somebody sends texts that are no texts: lists, codes, very short ones.",
                runbook="language-shift",
            ),
        ),
        number(
            "Corrections, last day",
            "short",
            Query("sum(increase(claimwire_corrections_total{HERE}[1d]))"),
            About(
                says="Replacements and retractions that producers sent.",
                normal="some, every day.",
                act="none for days: ask producers whether they still send them; readers rely on it.",
                runbook="no-articles",
            ),
        ),
    ),
)

_LANGUAGES = Row(
    title="Languages",
    across=2,
    panels=(
        lines(
            "Articles by language",
            "suffix:articles/s",
            Query("sum by (language) (rate(claimwire_language_detected_total{HERE}[RATE]))", "{{language}}"),
            about=About(
                says="Articles by the language that was found.",
                normal="follows the day of each country.",
                act="a language that vanishes is a source that died silently.",
                runbook="language-shift",
            ),
            stacked=True,
        ),
        lines(
            "Shift of each language in a week",
            "percentunit",
            Query(f"max by (language) (abs({_SHARE}{{HERE}} - {_SHARE}{{HERE}} offset 1w))", "{{language}}"),
            about=About(
                says="How far an hour's share of each language is from that of the same hour a week before.",
                normal="below a tenth, with enough articles in the hour.",
                act="one falls while others rise: a source is missing, one floods, or the detector changed.",
                runbook="language-shift",
            ),
            limit=above(0.2),
        ),
    ),
)

_SAID = Row(
    title="Who is named, who speaks",
    across=4,
    panels=(
        lines(
            "Names by type",
            "suffix:names/s",
            Query("sum by (type) (rate(claimwire_entities_total{HERE}[RATE]))", "{{type}}"),
            about=About(
                says="Names found: people, organisations, places, others.",
                normal="in the same proportion for weeks.",
                act="a proportion that changes after an upgrade is the model.",
                runbook="re-enrich",
            ),
            stacked=True,
        ),
        lines(
            "Quotations by how the speaker was found",
            "suffix:quotations/s",
            Query("sum by (attribution) (rate(claimwire_quotes_total{HERE}[RATE]))", "{{attribution}}"),
            about=About(
                says="explicit: named beside it; pronoun: he, she; carried: goes on; none: not found.",
                normal="mostly explicit.",
                act="many more none: see unknown speakers.",
                runbook="unknown-speakers",
            ),
            stacked=True,
        ),
        lines(
            "Unknown speakers by type of quotation",
            "percentunit",
            Query(
                'sum by (type) (rate(claimwire_quotes_total{HERE, attribution="none"}[RATE]))'
                " / sum by (type) (rate(claimwire_quotes_total{HERE}[RATE]))",
                "{{type}}",
            ),
            about=About(
                says="Share of the quotations without a speaker.",
                normal="what it was in the weeks before; indirect ones have almost always a speaker.",
                act="direct alone rises: words in quotation marks that are no speech (titles, irony).",
                runbook="unknown-speakers",
            ),
        ),
        bars(
            "Quotations by type",
            "short",
            Query("sum by (type) (increase(claimwire_quotes_total{HERE}[RANGE]))", "{{type}}"),
            About(
                says="Quotations within the time shown: direct, indirect, mixed.",
                normal="direct and indirect in the same order of size.",
                act="no direct ones: quotation marks are lost on the way in.",
                runbook="unknown-speakers",
            ),
        ),
    ),
)

_CLAIMED = Row(
    title="What is claimed",
    across=3,
    panels=(
        lines(
            "Claims by type",
            "suffix:claims/s",
            Query("sum by (type) (rate(claimwire_claims_total{HERE}[RATE]))", "{{type}}"),
            about=About(
                says="Claims by their first type.",
                normal="in the same proportion for weeks; elections and budgets change it.",
                act="a proportion that changes after an upgrade is the model.",
                runbook="re-enrich",
            ),
            stacked=True,
        ),
        heat(
            "Check-worthiness",
            "percentunit",
            "claimwire_claim_check_worthiness",
            "HERE",
            About(
                says="How worth checking claims are: the score, from nothing to 1.",
                normal="most below 0.5, few above 0.8.",
                act="a band that moves after an upgrade is the model; fact-checkers' queues grow or dry up.",
                runbook="re-enrich",
            ),
        ),
        lines(
            "Figures by kind",
            "suffix:figures/s",
            Query("sum by (kind) (rate(claimwire_figures_total{HERE}[RATE]))", "{{kind}}"),
            about=About(
                says="Figures found: money, percent, quantities, counts, ratios, dates, durations.",
                normal="in the same proportion for weeks.",
                act="one kind vanishes: a rule is broken, or a language with other numerals came.",
                runbook="re-enrich",
            ),
            stacked=True,
        ),
    ),
)

_QUALITY = Row(
    title="What producers send",
    across=4,
    panels=(
        lines(
            "Corrections",
            "suffix:articles",
            Query("sum by (action) (increase(claimwire_corrections_total{HERE}[1h]))", "{{action}}"),
            about=About(
                says="Replacements and retractions within an hour.",
                normal="some, every day.",
                act="many at once: a producer sends its archive again.",
                runbook="back-fill",
            ),
        ),
        lines(
            "Missing fields",
            "percentunit",
            Query(
                "sum by (field) (rate(claimwire_field_missing_total{HERE}[RATE]))"
                f" / on() group_left() sum(rate({_ARTICLES}[RATE]))",
                "{{field}}",
            ),
            about=About(
                says="Share of the articles without a field that readers like to have.",
                normal="the same for weeks.",
                act="a jump is a producer's release: tell them.",
                runbook="no-articles",
            ),
        ),
        lines(
            "Texts cut",
            "percentunit",
            Query(
                "sum by (field) (rate(claimwire_text_truncated_total{HERE}[RATE]))"
                f" / on() group_left() sum(rate({_ARTICLES}[RATE]))",
                "{{field}}",
            ),
            about=About(
                says="Share of the articles that were longer than is read.",
                normal="near none.",
                act="somebody sends whole sites or live tickers as one article.",
                runbook="many-dead-letters",
            ),
        ),
        heat(
            "Age",
            "s",
            "claimwire_publish_age_seconds",
            "HERE",
            About(
                says="From publication to the raw record, each article.",
                normal="a band of minutes, and a thin one of hours.",
                act="a band at a day or a week is an archive: it should come by the channel archive.",
                runbook="back-fill",
            ),
        ),
    ),
)

BOARD = Board(
    name="content",
    title="Content",
    says="What is in the news, and whether what is found in them changes.",
    since="now-24h",
    rows=(_NOW, _LANGUAGES, _SAID, _CLAIMED, _QUALITY),
)
