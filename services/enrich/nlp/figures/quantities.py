"""Numbers with what they measure or count: money, percent, quantities, durations, counts, ratios and ranges of these."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures import context
from services.enrich.nlp.figures.dates import LIKELY_YEARS
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.exclusions import DASHES, is_clock_time, is_name, is_numbering
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.numerals import Numeral
from services.enrich.nlp.figures.places import Places
from services.enrich.nlp.figures.ratios import find_fraction, find_halves, find_ratio
from services.enrich.nlp.lexemes import Lexeme

_TIME_UNITS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
# "2-1" and the like are results of matches, not ranges.
_LARGEST_SCORE = 20


def find_quantities(
    tokens: Sequence[Lexeme], places: Places, numerals: Sequence[Numeral], lexicon: FigureLexicon
) -> list[Draft]:
    """Return the figures that are no dates."""
    drafts: list[Draft] = []
    done = 0
    by_place = {numeral.first: numeral for numeral in numerals}
    for numeral, following in zip_longest(numerals, numerals[1:]):
        if numeral.first < done:
            continue
        draft = find_fraction(tokens, numeral, lexicon) or find_ratio(tokens, numeral, following, lexicon)
        draft = draft or _amount(tokens, numeral, by_place, lexicon)
        if not draft:
            continue
        draft.change = context.change(tokens, draft, lexicon)
        draft.qualifier = context.qualifier(tokens, draft.first, draft.last, lexicon)
        if draft.change and draft.qualifier == "at_most":
            draft.qualifier = None  # "fell to 5 %" is no "up to 5 %", which many languages write the same
        done = draft.last
        drafts.append(draft)
    return drafts + find_halves(tokens, places, lexicon)


def _amount(
    tokens: Sequence[Lexeme], numeral: Numeral, by_place: Mapping[int, Numeral], lexicon: FigureLexicon
) -> Draft | None:
    """Return the number as an amount, or the range that it begins; None if it stands for no amount."""
    draft = _measured(tokens, numeral, lexicon)
    second = _range_end(tokens, draft, by_place, lexicon)
    is_year = numeral.plain and int(numeral.value) in LIKELY_YEARS and lexicon.year_before.before(tokens, numeral.first)
    if second and not is_year and not _are_years(numeral, second):
        draft = _range(draft, _measured(tokens, second, lexicon), numeral)
    return draft if _is_figure(tokens, draft, numeral, lexicon) else None


# ---- one number and its unit


def _measured(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> Draft:
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
        if token.lower in lexicon.of or (token.text in DASHES and token.glued):
            places.append(numeral.last + 1)
        if token.lower in lexicon.of and numeral.last + 1 < len(tokens) and tokens[numeral.last + 1].text in "'’":
            places.append(numeral.last + 2)  # "millions d'euros"
    for place in places:
        if _unit(tokens, place, draft, lexicon):
            break
    return draft


def _unit(tokens: Sequence[Lexeme], place: int, draft: Draft, lexicon: FigureLexicon) -> bool:
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


def _money_after(tokens: Sequence[Lexeme], place: int, draft: Draft, lexicon: FigureLexicon) -> tuple[str, int] | None:
    scale = lexicon.money_scales.at(tokens, place)
    after = scale[1] if scale else place
    found = lexicon.currencies.at(tokens, after) or lexicon.signs.at(tokens, after)
    if found and scale:
        draft.value, draft.scale = (draft.value or 0.0) * scale[0], scale[0]
    return found


# ---- ranges


def _are_years(one: Numeral, other: Numeral) -> bool:
    return one.plain and other.plain and int(one.value) in LIKELY_YEARS and int(other.value) in LIKELY_YEARS


def _range_end(
    tokens: Sequence[Lexeme],
    draft: Draft,
    by_place: Mapping[int, Numeral],
    lexicon: FigureLexicon,
) -> Numeral | None:
    """Return the number that ends the range which the draft begins, or None."""
    at = draft.last
    if at >= len(tokens):
        return None
    is_dash = tokens[at].text in DASHES and (tokens[at].glued or draft.kind is not FigureKind.COUNT)
    if is_dash or _is_opened(tokens, draft, lexicon):
        at += 1
    elif (link := lexicon.range_links.at(tokens, at)) and not context.is_by(tokens, draft.first, lexicon):
        at = link[1]
    else:
        return None
    for skipped in (at, at + 1, at + 2):  # an article or a currency sign may come between
        if numeral := by_place.get(skipped):
            between = tokens[at:skipped]
            fits = all(token.lower in lexicon.function_words or lexicon.signs.at(tokens, at) for token in between)
            return numeral if fits and not numeral.weak else None
    return None


def _is_opened(tokens: Sequence[Lexeme], draft: Draft, lexicon: FigureLexicon) -> bool:
    """Whether the word after the number closes what one before it opened: "tra 10 e", "from 10 to"."""
    if not draft.first:
        return False
    opener = tokens[draft.first - 1].lower
    if opener not in lexicon.range_openers and opener in lexicon.function_words and draft.first > 1:
        opener = tokens[draft.first - 2].lower  # "tra i 10 e i 15"
    return tokens[draft.last].lower in lexicon.range_openers.get(opener, ())


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


# ---- what is no figure


def _is_figure(tokens: Sequence[Lexeme], draft: Draft, numeral: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether the number stands for an amount; finds what a count counts."""
    if is_clock_time(tokens, draft, numeral, lexicon):
        return False
    if draft.kind is not FigureKind.COUNT:
        return draft.kind in {FigureKind.MONEY, FigureKind.PERCENT} or not numeral.weak
    if numeral.weak or lexicon.decimal is None or is_numbering(tokens, draft, lexicon):
        return False
    draft.object = context.counted(tokens, draft.last, lexicon)
    if draft.object or draft.scale:
        return True
    if draft.value_max is not None:
        has_dash = any(token.text in DASHES for token in tokens[draft.first : draft.last])
        return draft.value_max > _LARGEST_SCORE or not has_dash
    return not numeral.spelled and not is_name(tokens, draft)
