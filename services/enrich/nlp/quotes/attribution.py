"""Decides which quoted stretches are quotations, and which words beside each say that somebody said it."""

import re

from services.contract.enriched import QuoteType
from services.enrich.nlp.quotes.draft import Draft
from services.enrich.nlp.quotes.lexicon import NO_WORDS, QuoteLexicon
from services.enrich.nlp.quotes.marks import Quoted
from services.enrich.nlp.quotes.speakers import Speakers

# How far from the marks the words that introduce speech may stand.
_AFTER = 140
_BEFORE = 200
# Without such words a stretch is a quotation only if it is a sentence by its length.
_SENTENCE_WORDS = 6
_END_OF_SENTENCE = re.compile(r"[.!?…](?=\s|$|[\"”»])|\n|;")
# Whatever verb stands between a quotation and a name: «…», protesta il presidente Rossi.
_UNKNOWN_VERB = re.compile(r"\s*(?:,|—|–|-)?\s*((?:[^\W\dA-ZÀ-ÞА-ЯЄІЇҐ_]+\s+)?[^\W\dA-ZÀ-ÞА-ЯЄІЇҐ_]{3,})(?=\s)")
# "– śmieje się." and nothing more: the subject is in the verb.
_VERB_ALONE = re.compile(r"\s*[—–]\s*((?:[^\W\dA-ZÀ-ÞА-ЯЄІЇҐ_]+\s?){1,3})\s*$")
_INSIDE = re.compile(
    r"[,.!?…]\s*[—–-]\s+([^\W\dA-ZÀ-ÞА-ЯЄІЇҐ_][^—–«»“”\n]{2,110}?)(?:[.,]?\s+[—–-]\s+|[.,]?\s*(?=[»”\"]))"
)
_ENDED = re.compile(r"[.…]\s*\W?$")
_TRAILING_NAME = re.compile(r"\s*[—–-]\s*(?=[^\W\d_a-z])")


def attribute(text: str, stretches: list[Quoted], words: QuoteLexicon, speakers: Speakers) -> list[Draft]:
    """Return the quotations among the stretches, each with its cue and its source if they are beside it."""
    drafts: list[Draft] = []
    stretches = sorted(stretches, key=lambda q: q.outer_start)
    index = 0
    while index < len(stretches):
        stretch = stretches[index]
        left = stretches[index - 1].outer_end if index else 0
        right = stretches[index + 1].outer_start if index + 1 < len(stretches) else len(text)
        following = stretches[index + 1] if index + 1 < len(stretches) else None
        draft = Draft(QuoteType.DIRECT, list(stretch.spans))
        if _attributed_inside(text, draft, words, speakers):
            drafts.append(draft)
            index += 1
            continue
        after = _region_after(text, stretch, right)
        interrupted = following is not None and _is_interrupted(text, stretch, following, words)
        if interrupted and following is not None:
            draft.spans += following.spans
            index += 1
            after = (stretch.outer_end, following.outer_start)
        if not _attributed_after(text, draft, after, words, speakers):
            _attributed_before(
                text, draft, (max(left, stretch.outer_start - _BEFORE), stretch.outer_start), words, speakers
            )
        if stretch.is_dash and not draft.cue:
            # "– Speech – said X. – More speech": only right behind attributed speech.
            draft.may_carry = bool(drafts) and 0 < stretch.outer_start - drafts[-1].end < _AFTER
            if not draft.may_carry:
                index += 1
                continue
            draft.source, draft.confidence = None, 0.6
            drafts.append(draft)
        elif _is_quotation(text, draft, stretch):
            drafts.append(draft)
        index += 1
    return drafts


def _attributed_inside(text: str, draft: Draft, words: QuoteLexicon, speakers: Speakers) -> bool:
    """Cut out an attribution that stands between dashes inside of the marks: «Speech, — said X. — More speech»."""
    for number, (start, end) in enumerate(draft.spans):
        for inside in _INSIDE.finditer(text, start, end):
            region = inside.span(1)
            cue = words.cue.search(text, *region)
            if cue is None or cue.start() - region[0] > 40:
                continue
            rest = [(inside.end(), end)] if any(c.isalnum() for c in text[inside.end() : end]) else []
            draft.spans[number : number + 1] = [(start, inside.start() + 1), *rest]
            draft.cue, draft.confidence = cue.span(), 0.9
            draft.source = speakers.beside(cue.span(), region, is_inverted=True)
            draft.may_carry = draft.source is None
            return True
    return False


def _region_after(text: str, stretch: Quoted, right: int) -> tuple[int, int]:
    start = stretch.outer_end
    end = min(right, start + _AFTER)
    if _ENDED.search(text[max(stretch.outer_start, start - 4) : start]) and text[start:end].lstrip()[:1].isupper():
        return start, start  # the quotation ended its sentence, and another one begins
    # The full stop may stand behind the marks: then what follows is another sentence, unless the marks end it.
    if stop := _END_OF_SENTENCE.search(text, start, end):
        end = stop.start()
    return start, end


def _is_interrupted(text: str, first: Quoted, second: Quoted, words: QuoteLexicon) -> bool:
    between = text[first.outer_end : second.outer_start]
    if len(between) > _AFTER or re.search(r"[.!?…;\n]", between) or not words.cue.search(between):
        return False
    # "…", said X, "…": the attribution stands between commas or dashes, and the sentence goes on behind it.
    return (
        between.rstrip()[-1:] in {",", "—", "–", "-"}
        and text[second.outer_start + 1 : second.outer_start + 2].islower()
    )


def _attributed_after(  # noqa: PLR0911 - one pattern after the other, the first that holds
    text: str, draft: Draft, region: tuple[int, int], words: QuoteLexicon, speakers: Speakers
) -> bool:
    start, end = region
    if words is NO_WORDS:  # a name that stands beside a quotation need not have said it
        return False
    cue = words.cue.search(text, start, end)
    if cue and _is_close(text[start : cue.start()]):
        draft.cue = cue.span()
        draft.source = speakers.beside(cue.span(), (start, end), is_inverted=True)
        draft.confidence = 0.9 if draft.source else 0.7
        draft.may_carry = draft.source is None
        return True
    according = words.according.search(text, start, end)
    if according and _is_close(text[start : according.start()]):
        draft.cue = according.span()
        draft.source = speakers.after(according.end(), end)
        draft.confidence = 0.85
        return True
    if alone := _VERB_ALONE.match(text[start:end]):
        draft.cue, draft.confidence, draft.may_carry = (
            (start + alone.start(1), start + len(alone.group().rstrip())),
            0.65,
            True,
        )
        return True
    if verb := _UNKNOWN_VERB.match(text, start, end):
        source = speakers.after(verb.end(), end, is_subject=True)
        if source and source.kind == "name" and source.end - verb.end() < 90:
            draft.cue, draft.source, draft.confidence = verb.span(1), source, 0.7
            return True
    trailing = _TRAILING_NAME.match(text, start, end)
    if trailing and (source := speakers.after(trailing.end(), end, names_only=True)):
        draft.source, draft.confidence = source, 0.7
        return True
    return False


def _is_close(between: str) -> bool:
    return len(between) <= 90 and between.count(",") <= 3


def _attributed_before(
    text: str, draft: Draft, region: tuple[int, int], words: QuoteLexicon, speakers: Speakers
) -> None:
    start, end = region
    for stop in _END_OF_SENTENCE.finditer(text, start, end):
        if text[stop.end() : end].strip(" \n\u00a0"):
            start = stop.end()
    lead = text[start:end].rstrip()
    if lead.endswith((".", "!", "?")):
        return
    cue = next(reversed(list(words.cue.finditer(text, start, end))), None)
    if cue is None:
        according = words.according.search(text, start, end)
        if according:
            draft.cue, draft.confidence = according.span(), 0.8
            draft.source = speakers.after(according.end(), end)
            return
        if lead.endswith(":") and len(lead) < 120:
            draft.source = speakers.before(end, (start, end))
            draft.confidence = 0.6
        return
    is_introduced = lead.endswith((":", ",", "—", "–")) or end - cue.end() < 60
    if is_introduced:
        draft.cue = cue.span()
        draft.source = speakers.beside(cue.span(), (start, end), is_inverted=False)
        draft.confidence = 0.85 if draft.source else 0.65
        draft.may_carry = draft.source is None


def _is_quotation(text: str, draft: Draft, stretch: Quoted) -> bool:
    content = " ".join(text[start:end] for start, end in draft.spans)
    words = len(content.split())
    if draft.cue:
        return words >= 2 or content.rstrip()[-1:] in ".!?…"
    if draft.source:
        return words >= 3
    # A sentence ends inside its marks, or a comma behind them says that it goes on as "…", said X.
    ends = content.rstrip()[-1:] in ".!?…," or text[stretch.outer_end : stretch.outer_end + 1] == ","
    is_sentence = content.lstrip()[:1].isupper() and ends
    if words >= 2 * _SENTENCE_WORDS or (words >= _SENTENCE_WORDS and is_sentence):
        draft.may_carry = True
        draft.confidence = 0.6 if stretch.is_closed else 0.4
        return True
    return False
