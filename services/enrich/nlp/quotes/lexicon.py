"""The words of speech in one language, compiled from `lexicons/<language>/quotes.toml`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_NOTHING = re.compile(r"(?!)")
# Between an auxiliary and its participle: "ha anche detto", "hat am Montag gesagt" is too far.
_BETWEEN = r"(?:\s+[\w'’]+){0,2}?\s+"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLexicon:
    """What introduces speech, and what names a speaker."""

    cue: re.Pattern[str]
    according: re.Pattern[str]
    that: re.Pattern[str]
    pronoun: re.Pattern[str]
    genders: Mapping[str, str]
    roles: frozenset[str]
    determiners: frozenset[str]
    prepositions: frozenset[str]
    subjunctive: re.Pattern[str]
    bare_clause: re.Pattern[str]  # a verb that needs no "that", and what may stand before its clause
    comma_clause: bool
    drops_subject: bool
    that_after_comma: bool  # the comma belongs to it: "sagte, dass"; elsewhere it makes a relative clause

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Compile one language's table."""
        verbs, words = table["verbs"], table["words"]
        finite = _any(verbs["finite"])
        compound = ""
        if verbs.get("participles"):
            compound = f"(?:{_any(verbs['auxiliaries'])}){_BETWEEN}(?:{_any(verbs['participles'])})"
        genders = {word: gender for gender, forms in table["pronouns"].items() for word in forms}
        return cls(
            cue=_word(f"{compound}|{finite}" if compound else finite),
            according=_word(_any(words["according"])),
            that=_word(_any(words["that"])) if words["that"] else _NOTHING,
            pronoun=_word(_any(genders)),
            genders=genders,
            roles=frozenset(words["roles"]),
            determiners=frozenset(words["determiners"]),
            prepositions=frozenset(words["prepositions"]),
            subjunctive=_word(_any(words.get("subjunctive", ()))) if words.get("subjunctive") else _NOTHING,
            bare_clause=_bare_clause(table.get("bare_clause", {})),
            comma_clause=bool(table.get("comma_clause")),
            drops_subject=bool(table.get("drops_subject")),
            that_after_comma=bool(table.get("that_after_comma")),
        )


def _any(phrases: Iterable[str]) -> str:
    # Longest first: "ha detto" before "ha".
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]") for phrase in ordered)


def _bare_clause(table: Mapping[str, Any]) -> re.Pattern[str]:
    if not table:
        return _NOTHING
    lead = rf"(?:(?:{_any(table['before'])})\s+)*"
    return re.compile(rf"(?:{_any(table['verbs'])})\s+{lead}(?!(?:{_any(table['not_before'])})\b)(?=\w)", re.IGNORECASE)


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w’'])(?:{pattern})(?![\w])", re.IGNORECASE)


NO_WORDS = QuoteLexicon(
    cue=_NOTHING,
    according=_NOTHING,
    that=_NOTHING,
    pronoun=_NOTHING,
    genders={},
    roles=frozenset(),
    determiners=frozenset(),
    prepositions=frozenset(),
    subjunctive=_NOTHING,
    bare_clause=_NOTHING,
    comma_clause=False,
    drops_subject=False,
    that_after_comma=False,
)
