"""Numbers with what they measure or count: money, percent, quantities, durations, counts, ratios and ranges of these."""

from collections.abc import Sequence

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures import context
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.numerals import Numeral
from services.enrich.nlp.figures.tokens import Token, TokenKind

_TIME_UNITS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_HOURS = 24
_DASHES = frozenset("-‑–—")
# "one in four", "3 su 10": the whole is a small number; "in 2024" is not one.
_LARGEST_WHOLE = 1000
# "2-1" and the like are results of matches, not ranges.
_LARGEST_SCORE = 20
_ORDINAL_SIGNS = frozenset("°ºª")


def find_quantities(tokens: Sequence[Token], numerals: Sequence[Numeral], lexicon: FigureLexicon) -> list[Draft]:
    """Return the figures that are no dates."""
    drafts: list[Draft] = []
    done = 0
    starts = {numeral.first: place for place, numeral in enumerate(numerals)}
    for place, numeral in enumerate(numerals):
        if numeral.first < done:
            continue
        following = numerals[place + 1] if place + 1 < len(numerals) else None
        draft = _fraction(tokens, numeral, lexicon) or _ratio(tokens, numeral, following, lexicon)
        if not draft:
            draft = _measured(tokens, numeral, lexicon)
            second = _range_end(tokens, draft, numerals, starts, lexicon)
            if second:
                draft = _range(draft, _measured(tokens, second, lexicon), numeral)
            if not _is_figure(tokens, draft, numeral, lexicon, is_range=second is not None):
                continue
        draft.qualifier = context.qualifier(tokens, draft.first, draft.last, lexicon)
        draft.change = context.change(tokens, draft.first, draft.last, lexicon)
        done = draft.last
        drafts.append(draft)
    return drafts + _halves(tokens, lexicon)


# ---- one number and its unit


def _measured(tokens: Sequence[Token], numeral: Numeral, lexicon: FigureLexicon) -> Draft:
    """Return the number with the unit or currency beside it, or as a count."""
    draft = Draft(
        first=numeral.first, last=numeral.last, kind=FigureKind.COUNT, value=numeral.value, scale=numeral.scale
    )
    if sign := lexicon.signs.before(tokens, numeral.first):
        draft.kind, draft.unit, draft.first = FigureKind.MONEY, sign[0], sign[1]
        if scale := lexicon.money_scales.at(tokens, draft.last):
            draft.value, draft.scale, draft.last = numeral.value * scale[0], scale[0], scale[1]
        if repeated := lexicon.currencies.at(tokens, draft.last):  # "$5 million dollars"
            draft.last = repeated[1]
        return draft
    places = [numeral.last]
    if numeral.last < len(tokens):
        token = tokens[numeral.last]
        if token.lower in lexicon.of or (token.text in _DASHES and token.glued):
            places.append(numeral.last + 1)
        if token.lower in lexicon.of and numeral.last + 1 < len(tokens) and tokens[numeral.last + 1].text in "'’":
            places.append(numeral.last + 2)  # "millions d'euros"
    for place in places:
        if _unit(tokens, place, draft, lexicon):
            break
    return draft


def _unit(tokens: Sequence[Token], place: int, draft: Draft, lexicon: FigureLexicon) -> bool:
    """Take the unit at `place` into the draft, if there is one."""
    if place < len(tokens) and "\n" in tokens[place].text:
        return False
    if found := lexicon.percent.at(tokens, place):
        draft.kind, draft.unit, draft.last = FigureKind.PERCENT, found[0], found[1]
    elif found := _money_after(tokens, place, draft, lexicon):
        draft.kind, draft.unit, draft.last = FigureKind.MONEY, found[0], found[1]
    elif found := lexicon.symbols.at(tokens, place) or lexicon.units.at(tokens, place):
        unit, draft.last = found
        if " " in unit:  # "10 a": a decade
            times, unit = unit.split(" ")
            draft.value = (draft.value or 0.0) * float(times)
        draft.unit = unit
        draft.kind = FigureKind.DURATION if unit in _TIME_UNITS else FigureKind.QUANTITY
    else:
        return False
    return True


def _money_after(tokens: Sequence[Token], place: int, draft: Draft, lexicon: FigureLexicon) -> tuple[str, int] | None:
    scale = lexicon.money_scales.at(tokens, place)
    after = scale[1] if scale else place
    found = lexicon.currencies.at(tokens, after) or lexicon.signs.at(tokens, after)
    if found and scale:
        draft.value, draft.scale = (draft.value or 0.0) * scale[0], scale[0]
    return found


# ---- ranges, ratios, fractions


def _range_end(
    tokens: Sequence[Token],
    draft: Draft,
    numerals: Sequence[Numeral],
    starts: dict[int, int],
    lexicon: FigureLexicon,
) -> Numeral | None:
    """Return the number that ends the range which the draft begins, or None."""
    at = draft.last
    if at >= len(tokens) or draft.kind is FigureKind.COUNT and draft.value is None:
        return None
    opener = tokens[draft.first - 1].lower if draft.first else ""
    if draft.first > 1 and opener not in lexicon.range_openers:  # "tra i 10 e i 15"
        opener = tokens[draft.first - 2].lower if tokens[draft.first - 1].lower in lexicon.function_words else opener
    if tokens[at].text in _DASHES and (tokens[at].glued or draft.kind is not FigureKind.COUNT):
        at += 1
    elif tokens[at].lower in lexicon.range_openers.get(opener, ()):
        at += 1
    elif link := lexicon.range_links.at(tokens, at):
        at = link[1]
    else:
        return None
    for skipped in (at, at + 1, at + 2):  # an article or a currency sign may come between
        if skipped in starts:
            numeral = numerals[starts[skipped]]
            between = tokens[at:skipped]
            fits = all(token.lower in lexicon.function_words or lexicon.signs.at(tokens, at) for token in between)
            return numeral if fits and not numeral.weak else None
    return None


def _range(low: Draft, high: Draft, numeral: Numeral) -> Draft:
    """Return both ends as one figure; the unit and the scale said once hold for both. Two unlike numbers stay apart."""
    if low.kind is not FigureKind.COUNT and high.kind is not FigureKind.COUNT and low.unit != high.unit:
        return low
    low_value, high_value = low.value or 0.0, high.value or 0.0
    if low.scale is None and high.scale is not None and low_value * high.scale <= high_value:
        low_value *= high.scale
    if low_value >= high_value:
        return low
    named = high if low.kind is FigureKind.COUNT else low
    return Draft(
        first=low.first,
        last=high.last,
        kind=named.kind,
        value=low_value,
        value_max=high_value,
        unit=named.unit,
        scale=high.scale or numeral.scale,
    )


def _ratio(tokens: Sequence[Token], part: Numeral, following: Numeral | None, lexicon: FigureLexicon) -> Draft | None:
    """Return "one in four", "tre persone su quattro", "3:4" or "2/3"."""
    if not following or following.first - part.last > 4 or part.scale or following.scale:
        return None
    if not (0 < part.value < following.value <= _LARGEST_WHOLE and part.value.is_integer()):
        return None
    at = part.last
    if tokens[at].text == "/" and tokens[at].glued and following.first == at + 1 and tokens[at + 1].glued:
        # "24/25" is a season, "9/11" a day: only what is written as a fraction in words as well.
        after = tokens[following.last] if following.last < len(tokens) else None
        if following.value > 10 or (after and after.text == "/"):
            return None
        return Draft(first=part.first, last=following.last, kind=FigureKind.RATIO, value=part.value / following.value)
    for _ in range(3):
        if link := lexicon.ratio_links.at(tokens, at):
            if link[1] == following.first and _is_whole(tokens, following, lexicon):
                value = part.value / following.value
                return Draft(first=part.first, last=following.last, kind=FigureKind.RATIO, value=value)
            return None
        if at + 1 >= len(tokens) or tokens[at].kind is not TokenKind.WORD or _has_unit(tokens, at, lexicon):
            return None
        at += 1
    return None


def _is_whole(tokens: Sequence[Token], numeral: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether nothing makes the second number of a ratio something else: "in 20 minutes"."""
    return not (
        _has_unit(tokens, numeral.last, lexicon)
        or lexicon.months.at(tokens, numeral.last)
        or (numeral.weak and not numeral.spelled)
    )


def _has_unit(tokens: Sequence[Token], index: int, lexicon: FigureLexicon) -> bool:
    known = (lexicon.units, lexicon.currencies, lexicon.signs, lexicon.percent, lexicon.symbols)
    return any(phrases.at(tokens, index) for phrases in known)


def _fraction(tokens: Sequence[Token], numeral: Numeral, lexicon: FigureLexicon) -> Draft | None:
    """Return "two thirds", "un quarto", "drei Viertel"."""
    at = numeral.last
    if not numeral.spelled or at >= len(tokens):
        return None
    if tokens[at].text == "-" and tokens[at].glued:
        at += 1
    found = lexicon.fractions.at(tokens, at)
    if not found or not 0 < numeral.value < found[0]:
        return None
    if tokens[at].lower != tokens[at].text:  # "First Quarter"
        return None
    return Draft(first=numeral.first, last=found[1], kind=FigureKind.RATIO, value=numeral.value / found[0])


def _halves(tokens: Sequence[Token], lexicon: FigureLexicon) -> list[Draft]:
    drafts: list[Draft] = []
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.WORD or not (found := lexicon.halves.at(tokens, index)):
            continue
        # "half of", "die Hälfte der": what follows must say of what, else it is a half of a match.
        if found[1] < len(tokens) and tokens[found[1]].lower in lexicon.function_words | lexicon.of:
            draft = Draft(first=index, last=found[1], kind=FigureKind.RATIO, value=0.5)
            draft.qualifier = context.qualifier(tokens, index, found[1], lexicon)
            drafts.append(draft)
    return drafts


# ---- what is no figure


def _is_figure(
    tokens: Sequence[Token], draft: Draft, numeral: Numeral, lexicon: FigureLexicon, *, is_range: bool
) -> bool:
    """Whether the number stands for an amount; finds what a count counts."""
    if _is_clock_time(tokens, draft, numeral, lexicon):
        return False
    if numeral.weak and (draft.kind in {FigureKind.DURATION, FigureKind.QUANTITY, FigureKind.COUNT}):
        return False
    if draft.kind is not FigureKind.COUNT:
        return True
    if lexicon.decimal is None or _is_numbering(tokens, draft, lexicon):
        return False
    draft.object = context.counted(tokens, draft.last, lexicon)
    if draft.object or draft.scale:
        return True
    if numeral.spelled and not is_range:
        return False
    if is_range and draft.value_max is not None:
        return draft.value_max > _LARGEST_SCORE or not any(
            token.text in _DASHES for token in tokens[draft.first : draft.last]
        )
    return not _is_name(tokens, draft)


def _is_clock_time(tokens: Sequence[Token], draft: Draft, numeral: Numeral, lexicon: FigureLexicon) -> bool:
    if numeral.value > _HOURS or numeral.scale:
        return False
    if lexicon.time_after.at(tokens, numeral.last):
        return True
    timed = draft.unit == "h" or draft.kind is FigureKind.COUNT
    return timed and lexicon.time_before.before(tokens, numeral.first) is not None


def _is_numbering(tokens: Sequence[Token], draft: Draft, lexicon: FigureLexicon) -> bool:
    """Whether the number numbers something: "article 5", "5th", "5G", "(1)", "1." at the start of a line, "2-1"."""
    first, last = draft.first, draft.last
    before = tokens[first - 1] if first else None
    after = tokens[last] if last < len(tokens) else None
    if lexicon.references.before(tokens, first):
        return True
    if after and after.glued and (after.kind is TokenKind.WORD or after.text in _ORDINAL_SIGNS or after.text in "/:"):
        return True
    if after and after.text in _DASHES and after.glued and last + 1 < len(tokens) and tokens[last + 1].glued:
        # "2-1", but "38-year" has got its unit by now, and "5 - 10" its spaces.
        return True
    if before and before.glued and before.text in _DASHES and first > 1 and tokens[first - 2].kind is TokenKind.NUMERAL:
        return True
    if before and after and before.text in "([" and after.text in ")]":
        return True
    if before and before.glued and before.text in "/:":
        return True
    starts_line = before is None or "\n" in before.text
    return starts_line and after is not None and after.text in ".)" and after.glued


def _is_name(tokens: Sequence[Token], draft: Draft) -> bool:
    """Whether the number ends a name: "Boeing 737", "Windows 11"."""
    if draft.first < 2:
        return draft.first == 1 and tokens[0].text[0].isupper()
    word, before = tokens[draft.first - 1], tokens[draft.first - 2]
    return word.kind is TokenKind.WORD and word.text[0].isupper() and before.text not in _DASHES | frozenset('.!?\n"«“')
