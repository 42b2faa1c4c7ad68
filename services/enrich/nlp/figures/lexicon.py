"""`FigureLexicon`: how a language writes numbers, units and dates. Compiled once from `figures.toml`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, Self

from services.enrich.nlp.figures.phrases import Phrases

# Folder of what every language writes: signs, codes, symbols.
COMMON = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWords:
    """Words below a thousand, and how they go together."""

    values: Mapping[str, int]
    inside: Mapping[str, int | None]  # parts of compounds; None is a joint ("und")
    longest_inside: int
    heads: frozenset[str]  # the first two letters of the parts
    weak: frozenset[str]  # articles as well: numbers only before a scale word, a fraction or a currency
    joints: frozenset[str]
    joint_after: frozenset[int]  # sizes after which a joint may stand: 10, 100, 1000
    vigesimal: bool  # French: 60 + 17, 4 × 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLexicon:
    """All word lists of one language, with what every language shares."""

    decimal: str | None  # the sign before decimals; None: told by shape alone
    spaced: bool  # whether a plain space groups digits
    words: NumberWords
    scales: Phrases[float]
    money_scales: Phrases[float]  # letters that are scales beside a currency only: "$5m"
    percent: Phrases[str]
    currencies: Phrases[str]
    signs: Phrases[str]
    units: Phrases[str]
    symbols: Phrases[str]
    of: frozenset[str]
    by: frozenset[str]  # before the amount of a change
    qualifiers: Phrases[str]
    after_qualifiers: Phrases[str]
    changes: Phrases[str]
    range_openers: Mapping[str, frozenset[str]]
    range_links: Phrases[str]
    ratio_links: Phrases[str]
    fractions: Phrases[int]
    halves: Phrases[int]
    function_words: frozenset[str]
    adjectives: tuple[str, ...]
    capital_nouns: bool
    references: Phrases[str]
    time_before: Phrases[str]
    time_after: Phrases[str]
    months: Phrases[int]
    month_first: bool
    date_links: frozenset[str]
    ordinals: frozenset[str]
    year_before: Phrases[str]
    year_after: Phrases[str]
    relative: Phrases[str]
    ago_before: Phrases[str]
    ago_after: Phrases[str]
    weekdays: Phrases[int]
    last: Phrases[int]
    known: dict[str, int] = field(default_factory=dict)  # by word, what a figure can begin with it (`places`)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], *, common: Mapping[str, Any]) -> Self:
        """Read `lexicons/<language>/figures.toml`, over that of all languages."""

        def listed(name: str) -> Iterable[str]:
            return chain(common.get(name, ()), table.get(name, ()))

        def named(name: str) -> Phrases[str]:
            return Phrases.of([(name, listed(name))])

        def keyed(name: str, *, exact_case: bool = False) -> Phrases[str]:
            tables: Sequence[Mapping[str, list[str]]] = (common.get(name, {}), table.get(name, {}))
            return Phrases.of(chain.from_iterable(entry.items() for entry in tables), exact_case=exact_case)

        def numbered(name: str) -> Phrases[int]:
            return Phrases.of((int(key), phrases) for key, phrases in table.get(name, {}).items())

        def scaled(name: str) -> Phrases[float]:
            tables = (common.get(name, {}), table.get(name, {}))
            return Phrases.of((float(key), phrases) for entry in tables for key, phrases in entry.items())

        return cls(
            decimal=table.get("decimal"),
            spaced=table.get("spaced", False),
            words=_number_words(table.get("words", {})),
            scales=scaled("scales"),
            money_scales=scaled("money_scales"),
            percent=keyed("percent"),
            currencies=keyed("currencies"),
            signs=keyed("signs", exact_case=True),
            units=keyed("units"),
            symbols=keyed("symbols", exact_case=True),
            of=frozenset(listed("of")),
            by=frozenset(listed("by")),
            qualifiers=keyed("qualifiers"),
            after_qualifiers=keyed("after_qualifiers"),
            changes=keyed("changes"),
            range_openers={opener: frozenset(links) for opener, links in table.get("range_openers", {}).items()},
            range_links=named("range_links"),
            ratio_links=named("ratio_links"),
            fractions=numbered("fractions"),
            halves=Phrases.of([(2, table.get("halves", ()))]),
            function_words=frozenset(listed("function_words")),
            adjectives=tuple(table.get("adjectives", ())),
            capital_nouns=table.get("capital_nouns", False),
            references=named("references"),
            time_before=named("time_before"),
            time_after=named("time_after"),
            months=Phrases.of(enumerate(table.get("months", ()), 1)),
            month_first=table.get("month_first", False),
            date_links=frozenset(listed("date_links")),
            ordinals=frozenset(listed("ordinals")),
            year_before=named("year_before"),
            year_after=named("year_after"),
            relative=keyed("relative"),
            ago_before=named("ago_before"),
            ago_after=named("ago_after"),
            weekdays=Phrases.of(enumerate(table.get("weekdays", ()), 1)),
            last=Phrases.of([(-1, table.get("last", ())), (1, table.get("next", ()))]),
        )


def _number_words(table: Mapping[str, Any]) -> NumberWords:
    values = {word: int(key) for key, words in table.get("values", {}).items() for word in words}
    inside: dict[str, int | None] = {}
    if table.get("compound", False):
        inside = dict.fromkeys(table.get("inside_joints", ()))
        inside |= values
        inside |= {word: int(key) for key, words in table.get("inside", {}).items() for word in words}
    return NumberWords(
        values=values,
        inside=inside,
        longest_inside=max(map(len, inside), default=0),
        heads=frozenset(word[:2] for word in inside),
        weak=frozenset(table.get("weak", ())),
        joints=frozenset(table.get("joints", ())),
        joint_after=frozenset(table.get("joint_after", ())),
        vigesimal=table.get("vigesimal", False),
    )


class FigureResources(Protocol):
    """What finding figures needs."""

    @property
    def figures(self) -> Mapping[str, FigureLexicon]:
        """Return language → lexicon; the key `und` has what every language shares."""
        ...
