"""Cuts a text into clauses: the pieces of which reported content and the words that introduce it are made.

A quoted stretch is one clause, however long it is. Elsewhere a clause ends at a punctuation mark, before the word that
introduces a reported clause, and, where a language needs no such word, behind the verb.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.contract.enriched import Span
from services.enrich.nlp.lexemes import Lexeme, LexemeKind
from services.enrich.nlp.quotes.lexicon import CUE, REPORTING, SHORTEST_ADJECTIVE, QuoteLexicon, Sense
from services.enrich.nlp.quotes.marks import Quoted

_DASHES = frozenset("—–―-")
_BEFORE_DASH = frozenset(",.!?…")
_ENDS = frozenset(",;:–—―()[]\n")
_CONJUNCTIONS = int(Sense.THAT | Sense.WHETHER)
_INFINITIVE_WITHIN = 3  # words: "di | non | farlo"
_INTRODUCES = Sense.THAT | Sense.WHETHER | Sense.INFINITIVE
_NOT_BARE = Sense.THAT | Sense.PREPOSITION
_DETERMINER = int(Sense.DETERMINER)
_ACCORDING = int(Sense.ACCORDING)
_LINKS = int(Sense.DETERMINER | Sense.PREPOSITION)
_IN_NOUNS = int(Sense.ROLE | Sense.NOUN)
_JOINTS = frozenset("-'’“”\"«»„")
_LONGEST_SOURCE = 14  # words
_CONJUNCTION, _PREPOSITION = int(Sense.CONJUNCTION), int(Sense.PREPOSITION)
# A conjunction begins a clause if a verb that reports follows so soon: "and added".
_NEAR_WORDS = 4


@dataclass(slots=True)
class Clause:
    """The lexemes first:last. `quoted` is the stretch in quotation marks that it is."""

    first: int
    last: int
    sentence: int  # its place among the article's sentences
    quoted: Quoted | None = None


def clauses(  # noqa: C901, PLR0912 - one pass, one state; apart it would be harder to follow
    words: Sequence[Lexeme],
    senses: Sequence[int],
    sentences: Sequence[Span],
    stretches: Sequence[Quoted],
    lexicon: QuoteLexicon,
) -> list[Clause]:
    """Return the clauses in order; signs between them belong to none or to the one that they end."""
    found: list[Clause] = []
    starts = [sentence.start for sentence in sentences] + [1 << 60]
    waiting = sorted(stretches, key=lambda stretch: -stretch.outer_start)
    sentence, first, at = -1, 0, 0
    is_introduced = False  # a cue has come, whose content may begin

    def close(last: int, begins: int) -> None:
        if clause := _clause(words, begins, last, sentence):
            found.append(clause)

    while at < len(words):
        word = words[at]
        begins_sentence = word.start >= starts[sentence + 1]
        if begins_sentence or (waiting and word.start >= waiting[-1].outer_start):
            close(at, first)
            first, is_introduced = at, False
            while word.start >= starts[sentence + 1]:
                sentence += 1
        if waiting and word.start >= waiting[-1].outer_start:
            stretch = waiting.pop()
            while at < len(words) and words[at].start < stretch.outer_end:
                at += 1
            found += _parts(words, senses, Clause(first, at, sentence, stretch))
            first = at
            while waiting and at < len(words) and waiting[-1].outer_end <= words[at].start:
                waiting.pop()
            continue
        sense = senses[at]
        if word.kind is LexemeKind.SIGN:
            if word.text in _ENDS or (word.text == "-" and word.gap):
                close(at + 1, first)
                first, is_introduced = at + 1, False
        elif sense:
            if is_introduced and sense & _INTRODUCES and _introduces(words, at, sense, lexicon):
                close(at, first)
                first, is_introduced = at, False
            elif sense & _CONJUNCTION and at > first and _reports_soon(senses, at):
                close(at, first)
                first, is_introduced = at, bool(sense & CUE)
            elif sense & CUE:
                is_introduced = True
                cut = _behind_cue(words, senses, at, first, lexicon)
                if cut is not None:
                    close(cut, first)
                    at = first = cut
                    is_introduced = bool(sense & REPORTING)
                    continue
        at += 1
    close(len(words), first)
    return found


def _parts(words: Sequence[Lexeme], senses: Sequence[int], whole: Clause) -> list[Clause]:
    """Return a quoted stretch in parts if an attribution stands between dashes in it: «Speech, — said X. — More»."""
    stretch = whole.quoted
    if stretch is None or len(stretch.spans) != 1:
        return [whole]
    parts: list[Clause] = []
    first, at = whole.first, whole.first + 1
    while at < whole.last:
        if words[at].text in _DASHES and words[at - 1].text in _BEFORE_DASH and _reports_soon(senses, at):
            end = next((i for i in range(at + 2, whole.last) if words[i].text in _DASHES and words[i].gap), whole.last)
            parts.append(_part(words, whole, stretch, first, at))
            parts.append(Clause(at + 1, end, whole.sentence))
            first = at = min(end + 1, whole.last)
        at += 1
    if parts and any(word.kind is not LexemeKind.SIGN for word in words[first : whole.last]):
        parts.append(_part(words, whole, stretch, first, whole.last))
    return parts or [whole]


def _part(words: Sequence[Lexeme], whole: Clause, stretch: Quoted, first: int, last: int) -> Clause:
    start = max(words[first].start, stretch.spans[0][0])
    end = min(words[last - 1].end, stretch.spans[0][1])
    return Clause(first, last, whole.sentence, replace(stretch, spans=[(start, end)]))


def _introduces(words: Sequence[Lexeme], at: int, sense: int, lexicon: QuoteLexicon) -> bool:
    """Whether a reported clause begins here: "di" is mostly a preposition, and only before an infinitive anything else."""
    if not lexicon.infinitives or sense & _CONJUNCTIONS or not sense & Sense.INFINITIVE:
        return True
    return any(word.lower.endswith(lexicon.infinitives) for word in words[at + 1 : at + 1 + _INFINITIVE_WITHIN])


def _behind_cue(
    words: Sequence[Lexeme], senses: Sequence[int], at: int, first: int, lexicon: QuoteLexicon
) -> int | None:
    """Return where what is reported begins behind the cue at this word, in languages that do not say so by a sign."""
    following = senses[at + 1] if at + 1 < len(words) else 0
    if senses[at] & REPORTING:
        is_bare = lexicon.clause_after_verb and not following & _NOT_BARE
        is_object = lexicon.object_after_verb and following & _DETERMINER and not following & _PREPOSITION
        return at + 1 if is_bare or is_object else None
    if senses[at] & _ACCORDING and at <= first + 1 and lexicon.adjectives_follow:
        return _behind_source(words, senses, at + 1)
    return None


def _behind_source(words: Sequence[Lexeme], senses: Sequence[int], at: int) -> int | None:
    """Return where the content begins behind "according to the police", if no comma says so."""
    is_head = True  # a noun is due: behind the cue, an article, a preposition
    is_noun = False
    for place in range(at, min(len(words), at + _LONGEST_SOURCE)):
        word, sense = words[place], senses[place]
        if word.kind is LexemeKind.SIGN and word.text not in _JOINTS:
            return None  # a comma, a colon, the end
        if sense & _LINKS or word.text in _JOINTS:
            is_head, is_noun = True, False
        elif word.kind is LexemeKind.WORD and (is_head or word.text[0].isupper() or sense & _IN_NOUNS):
            is_head, is_noun = False, True
        elif is_noun and not sense and len(word.text) >= SHORTEST_ADJECTIVE:
            is_noun = False
        else:
            return place if place > at else None
    return None


def _reports_soon(senses: Sequence[int], at: int) -> bool:
    return any(sense & REPORTING for sense in senses[at + 1 : at + 1 + _NEAR_WORDS])


def _clause(words: Sequence[Lexeme], first: int, last: int, sentence: int) -> Clause | None:
    """Return the clause without the signs that it begins with; None if no word is left."""
    while first < last and words[first].kind is LexemeKind.SIGN:
        first += 1
    return Clause(first, last, max(sentence, 0)) if first < last else None
