"""What a clause shows of whether it is reported: its marks and words, the cues near it, and its neighbours.

Attributes are named by what they say; whose name has a `|` behind it holds words of one language. `training/quotes` learns
a weight for each.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.contract.enriched import EntityType
from services.enrich.nlp.lexemes import Lexeme, LexemeKind
from services.enrich.nlp.quotes.clauses import Clause
from services.enrich.nlp.quotes.lexicon import CUE, REPORTING, Sense
from services.enrich.nlp.quotes.marks import Quoted

_HEARSAY, _ROLE, _PRONOUN, _FIRST = (int(sense) for sense in (Sense.HEARSAY, Sense.ROLE, Sense.PRONOUN, Sense.FIRST))
_CUE, _REPORTING = int(CUE), int(REPORTING)
# What a clause may begin with, by its first and second word.
_FIRST_WORDS = tuple(
    (int(sense), sense.name.lower())
    for sense in (
        Sense.THAT, Sense.WHETHER, Sense.CONJUNCTION, Sense.RELATIVE, Sense.INFINITIVE, Sense.PRONOUN,
        Sense.PREPOSITION, Sense.DETERMINER, Sense.AUXILIARY, Sense.HEARSAY, Sense.FIRST,
    )
)  # fmt: skip
_SECOND_WORDS = tuple(
    (int(sense), sense.name.lower())
    for sense in (Sense.RELATIVE, Sense.PRONOUN, Sense.AUXILIARY, Sense.HEARSAY, Sense.CONJUNCTION, Sense.THAT)
)
_GROUPS = tuple(
    (int(sense), sense.name.lower())
    for sense in (
        Sense.STATEMENT, Sense.THOUGHT, Sense.DIRECTIVE, Sense.QUESTION, Sense.JUDGEMENT, Sense.NOUN, Sense.ACCORDING,
    )
)  # fmt: skip
_firsts: dict[int, tuple[str, ...]] = {}
_seconds: dict[int, tuple[str, ...]] = {}
_groups: dict[int, tuple[str, ...]] = {}
_LONGEST = 17
# Words → size.
_SIZES = ("1", "1", "2", "4", "4", *["8"] * 4, *["16"] * 8, "more")
_STEM_CHARS = 9  # of a word: inflected forms mostly share them
_FARTHEST = 4  # clauses between a clause and a cue
_MOST_CUES = 3


@dataclass(slots=True)
class Facts:
    """What a clause is in itself."""

    sentence: int = 0
    count: int = 0  # words
    size: str = ""
    senses: int = 0  # of all its words
    first: tuple[str, ...] = ()  # what its first word may be
    second: tuple[str, ...] = ()
    before: str = ""  # the sign before it
    ends: str = ""  # the sign behind it
    begins_sentence: bool = False
    begins_paragraph: bool = False
    has_capital: bool = False
    kind: str = "text"  # or how it is quoted
    closes: str = ""  # the last sign within the marks
    group: str = ""  # of its chief cue
    cue_at: str = ""
    cues: Sequence[str] = ()
    cue: int | None = None  # the chief cue's index
    subject: str = ""
    stems: Sequence[str] = ()
    has_hearsay: bool = False  # a verb's form marks it as what others say


def facts(
    text: str,
    words: Sequence[Lexeme],
    senses: Sequence[int],
    names: Sequence[str],
    found: Sequence[Clause],
    entities: Mapping[int, EntityType],
) -> list[Facts]:
    """Return the facts of each clause. `entities` says which kind of name begins at a place in the text."""
    result: list[Facts] = []
    sentence, last = -1, 0
    for clause in found:
        begins_paragraph = not result or any(word.text == "\n" for word in words[last : clause.first])
        begins_sentence = clause.sentence != sentence
        if clause.quoted is None:
            own = _plain(words, senses, names, clause, entities)
        else:
            own = _in_marks(text, clause.quoted)
        first, end = clause.first, clause.last
        opening, ending = first, words[end - 1]
        while words[opening].kind is LexemeKind.SIGN and opening + 1 < end:
            opening += 1
        own.sentence = clause.sentence
        own.size = _SIZES[min(own.count, _LONGEST)]
        own.first = _names_of(senses[opening], _FIRST_WORDS, _firsts)
        own.second = _names_of(senses[opening + 1], _SECOND_WORDS, _seconds) if opening + 1 < end else ()
        own.before = _sign(words[first - 1].text) if first else "¶"
        behind = words[end].text if end < len(words) else "\n"
        own.ends = _sign(ending.text if ending.kind is LexemeKind.SIGN else behind)
        own.begins_sentence, own.begins_paragraph = begins_sentence, begins_paragraph
        own.has_capital = words[opening].text[0].isupper()
        result.append(own)
        sentence, last = clause.sentence, max(clause.last - 1, clause.first)
    return result


def _plain(
    words: Sequence[Lexeme],
    senses: Sequence[int],
    names: Sequence[str],
    clause: Clause,
    entities: Mapping[int, EntityType],
) -> Facts:
    """Return what the words of a clause without marks tell."""
    own = Facts()
    cues: list[int] = []
    stems: list[str] = []
    kinds: set[EntityType] = set()
    every = count = 0
    last = -1
    for at in range(clause.first, clause.last):
        word = words[at]
        if word.kind is LexemeKind.SIGN:
            continue
        count += 1
        last = at
        if word.start in entities:
            kinds.add(entities[word.start])
        if word.kind is LexemeKind.WORD:
            stems.append(word.lower[:_STEM_CHARS])
            sense = senses[at]
            if sense:
                every |= sense
                if sense & _CUE:
                    cues.append(at)
    own.count, own.senses, own.stems = count, every, stems
    own.has_hearsay = bool(every & _HEARSAY)
    own.subject = _subject(every, kinds)
    if cues:
        cue = own.cue = next((at for at in cues if senses[at] & _REPORTING), cues[0])
        own.cues = [names[at] for at in cues[:_MOST_CUES]]
        own.group = _names_of(senses[cue], _GROUPS, _groups)[0]
        own.cue_at = "first" if cue == clause.first else "last" if cue == last else "inside"
    return own


def _in_marks(text: str, quoted: Quoted) -> Facts:
    own = Facts()
    own.kind = "dash" if quoted.is_dash else "single" if text[quoted.outer_start] in "‘’‚'" else "marks"
    own.kind += "" if quoted.is_closed else "-open"
    own.closes = _sign(text[quoted.spans[-1][1] - 1])
    own.count = sum(text.count(" ", start, end) + 1 for start, end in quoted.spans)
    return own


def _names_of(sense: int, listed: Sequence[tuple[int, str]], known: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names of what a word may be; there are few combinations."""
    names = known.get(sense)
    if names is None:
        names = known[sense] = tuple(name for one, name in listed if sense & one)
    return names


def _sign(text: str) -> str:
    """Return a sign as a name may hold it; words are all the same."""
    return "¶" if text == "\n" else "w" if text[0].isalnum() else text[0]


def _subject(senses: int, kinds: set[EntityType]) -> str:
    if EntityType.PER in kinds:
        return "person"
    if senses & _ROLE:
        return "role"
    if EntityType.ORG in kinds:
        return "organisation"
    if senses & _PRONOUN:
        return "pronoun"
    return "place" if EntityType.LOC in kinds else ""


def attributes(found: Sequence[Facts], language: str) -> list[list[str]]:
    """Return the attributes of each clause of an article."""
    result: list[list[str]] = []
    before = ""
    for first, last in _sentences(found):
        sentence = found[first:last]
        cues = [at for at in range(first, last) if found[at].group]
        many = min(len(cues), _FARTHEST - 1)
        size = min(last - first, _FARTHEST)
        for at in range(first, last):
            own = found[at]
            names = _own(own, language)
            names += (
                f"at {min(at - first, _FARTHEST - 1)} of {size} {own.group}, {own.kind}",
                f"cues {many}, {own.kind} {own.group != ''}",
            )
            names += _cues(found, at, cues, language)
            names += _neighbours(found, at)
            if before:
                names.append(f"{before}, {own.kind} {own.has_hearsay} {own.begins_paragraph}")
            result.append(names)
        before = _summary(sentence)
    return result


def _sentences(found: Sequence[Facts]) -> Iterator[tuple[int, int]]:
    """Yield the clauses first:last of each sentence."""
    first = 0
    for at in range(1, len(found) + 1):
        if at == len(found) or found[at].sentence != found[first].sentence:
            yield first, at
            first = at


def _summary(sentence: Sequence[Facts]) -> str:
    """Return what the next sentence needs to know of this one."""
    has_marks = any(own.kind != "text" for own in sentence)
    group = next((own.group for own in sentence if own.group), "")
    return f"before {has_marks} {group} {any(own.has_hearsay for own in sentence)}"


def _own(own: Facts, language: str) -> list[str]:
    kind, group = own.kind, own.group
    names = [
        f"is {kind}",
        f"is {kind}, size {own.size}",
        f"is {kind} behind {own.before}",
        f"is {kind} before {own.ends}",
        f"is {kind}, opens {own.begins_sentence} {own.begins_paragraph}",
    ]
    if own.sentence <= 1:
        names.append(f"title, {own.before} {own.ends}")
    if kind != "text":
        names += (
            f"quoted, {own.has_capital} {own.closes}",
            f"quoted, {own.has_capital} {own.size}",
            f"quoted, {own.before} {own.size}",
            f"quoted, {own.ends} {own.closes}",
        )
        return names
    if own.first:
        names += [f"first {name}" for name in own.first]
    else:
        names.append(f"first - {own.has_capital}")
    names += [f"second {name}" for name in own.second]
    if own.has_hearsay:
        names.append("hearsay")
    if own.senses & _FIRST:
        names.append("I")
    if group:
        names += (
            f"cue {group} {own.subject} {own.cue_at}",
            f"cue {group}, size {own.size}",
            f"cue {group} before {own.ends}",
        )
        introduces = own.ends in ",:w"
        for cue in own.cues:
            names += (f"{language}|cue {cue}", f"{language}|cue {cue} {introduces}")
    else:
        names.append(f"subject {own.subject}")
    stems = own.stems
    if stems:
        names += [f"{language}|{stem}" for stem in stems]
        names += (f"{language}|first {stems[0]}", f"{language}|last {stems[-1]}")
    return names


def _cues(found: Sequence[Facts], at: int, cues: Sequence[int], language: str) -> list[str]:
    """Return what the nearest cues of the sentence say, before and behind the clause."""
    own = found[at]
    start = own.first[0] if own.first else "-"
    names: list[str] = []
    place = bisect_left(cues, at)
    before = cues[place - 1] if place else None
    place += place < len(cues) and cues[place] == at
    behind = cues[place] if place < len(cues) else None
    for side, near in (("<", before), (">", behind)):
        if near is None:
            names.append(f"{side} no cue, {own.kind}")
            continue
        other = found[near]
        distance = min(abs(near - at), _FARTHEST)
        group, place_in = other.group, other.cue_at
        cue = other.cues[-1 if side == "<" else 0]
        names += (
            f"{side}{distance} {group}, {own.kind}",
            f"{side} {group} {other.subject}, {own.kind}",
            f"{side}{distance} before {other.ends}",
            f"{side}{distance} {group}, first {start}",
            f"{side} {group} {place_in} {other.subject}, opens {own.begins_sentence}",
            f"{side}{distance} {place_in}, size {own.size}, {own.kind}",
            f"{side}{distance} {group} {place_in} between {other.before} {other.ends}",
            f"{language}|{side}{min(distance, 2)} {cue}",
        )
        if own.has_hearsay:
            names.append(f"{side} cue, hearsay")
        if own.first and distance == 1:
            names.append(f"{language}|{side} {cue}, first {start}")
    if before is None and behind is None:
        names.append(f"no cue, {own.kind} {own.has_hearsay}")
    return names


def _neighbours(found: Sequence[Facts], at: int) -> list[str]:
    own = found[at]
    names: list[str] = []
    for step in (-1, 1):
        if not 0 <= at + step < len(found):
            names.append(f"{step} none")
            continue
        other = found[at + step]
        same = "" if other.sentence == own.sentence else " apart"
        names += (
            f"{step} {other.kind}{same} {other.group}, {own.kind}",
            f"{step} {other.subject}{same} {other.group}, {own.kind}",
        )
        if other.kind != "text":
            names.append(f"{step} closes {other.closes}, {own.kind} {own.has_capital}")
        elif other.has_hearsay:
            names.append(f"{step} hearsay{same}, {own.has_hearsay}")
        if not same and "that" in other.first:
            names.append(f"{step} that")
        if 0 <= at + 2 * step < len(found):
            names.append(f"{2 * step} {found[at + 2 * step].kind}")
    return names
