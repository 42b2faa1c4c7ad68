"""Dates: "11 March 2025", "2025-03-11", "nel 2024", and those told from the day of publication ("ieri")."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.numerals import Numeral
from services.enrich.nlp.figures.places import Places
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

_YEARS = range(1000, 2200)
# Four digits in this range are a year unless the text counts something with them.
LIKELY_YEARS = range(1900, 2040)
_ROUND = 50
_DASHES = frozenset("-‑–")
_HALF_A_YEAR = timedelta(days=183)
_MOST_AGO = {"d": 3650, "wk": 520, "mo": 240, "a": 1000}


def find_dates(
    tokens: Sequence[Lexeme],
    places: Places,
    numerals: Sequence[Numeral],
    lexicon: FigureLexicon,
    *,
    anchor: str | None,
) -> list[Draft]:
    """Return the dates. `anchor` is the day of publication; without it relative dates are left alone."""
    day = _anchor(anchor)
    drafts = _numeric(tokens, places, lexicon)
    drafts += [
        draft
        for index in places.months
        if (month := lexicon.months.at(tokens, index))
        if (draft := _with_month(tokens, index, month, lexicon, day))
    ]
    for place, numeral in enumerate(numerals):
        if draft := _year(tokens, numeral, lexicon):
            drafts.append(draft)
        if day and (draft := _ago(tokens, numerals, place, lexicon, day)):
            drafts.append(draft)
    if day:
        drafts += _relative(tokens, places, lexicon, day)
    return drafts


def _anchor(published_at: str | None) -> date | None:
    try:
        return date.fromisoformat((published_at or "")[:10])
    except ValueError:
        return None


def _draft(first: int, last: int, iso: str) -> Draft:
    return Draft(first=first, last=last, kind=FigureKind.DATE, date=iso)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


# ---- absolute


def _numeric(tokens: Sequence[Lexeme], places: Places, lexicon: FigureLexicon) -> list[Draft]:
    """Return "2025-03-11", "11.03.2025" and "11/3/2025"."""
    drafts: list[Draft] = []
    for index in places.digits:
        token = tokens[index]
        parts, last = token.text.split("."), index + 1
        if len(parts) == 1 and index + 4 < len(tokens) and tokens[index + 1].text in "-/":
            run = tokens[index : index + 5]
            if all(part.glued for part in run[1:]) and run[3].text == run[1].text:
                parts, last = [run[0].text, run[2].text, run[4].text], index + 5
        if len(parts) == 3 and all(part.isdigit() and len(part) <= 4 for part in parts):
            iso = _ordered(*map(int, parts), month_first=lexicon.month_first)
            if iso:
                drafts.append(_draft(index, last, iso))
    return drafts


def _ordered(first: int, second: int, third: int, *, month_first: bool) -> str | None:
    """Return the date; of a day and a month that could be either, in English, only the year is certain."""
    if first in _YEARS:
        return _iso(first, second, third)
    if third not in _YEARS:
        return None
    if month_first and first <= 12 and second <= 12 and first != second:
        return str(third)
    return _iso(third, second, first) or (_iso(third, first, second) if month_first else None)


def _with_month(
    tokens: Sequence[Lexeme], index: int, month: tuple[int, int], lexicon: FigureLexicon, anchor: date | None
) -> Draft | None:
    """Return the date around the month's name: "11 marzo", "March 11, 2025", "März 2025"."""
    number, last = month
    first, day = _day_before(tokens, index, lexicon)
    if last < len(tokens) and tokens[last].text == "." and tokens[last].glued and _number_at(tokens, last + 1):
        last += 1  # "11 Mar. 2025"
    if day is None and (after := _day_after(tokens, last, lexicon)):
        day, last = after
    year, end = _year_after(tokens, last, lexicon)
    if first < index or year or day:
        last = end if year else last
    if day is None and year is None:
        return None
    if year is None:
        year = _nearest_year(number, day or 1, anchor) if anchor else None
    iso = _partial(year, number, day)
    if iso is None:
        return None
    weekday = lexicon.weekdays.before(tokens, first - 1 if first and tokens[first - 1].text == "," else first)
    return _draft(weekday[1] if weekday and day else first, last, iso)


def _partial(year: int | None, month: int, day: int | None) -> str | None:
    """Return ISO 8601-2: unknown digits are X."""
    if day is None:
        return f"{year:04d}-{month:02d}" if year else None
    if year is None:
        return f"XXXX-{month:02d}-{day:02d}" if _iso(2000, month, day) else None
    return _iso(year, month, day)


def _nearest_year(month: int, day: int, anchor: date) -> int:
    """Return the year in which that day is nearest to the day of publication."""
    years = [year for year in (anchor.year - 1, anchor.year, anchor.year + 1) if 1 <= year <= 9999]
    candidates = [(abs((date(year, month, min(day, 28)) - anchor).days), year) for year in years]
    return min(candidates)[1]


def _number_at(tokens: Sequence[Lexeme], index: int) -> int | None:
    if not 0 <= index < len(tokens):
        return None
    token = tokens[index]
    is_short = token.kind is LexemeKind.NUMERAL and token.text.isdigit() and len(token.text) <= 4
    return int(token.text) if is_short else None


def _day_before(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> tuple[int, int | None]:
    """Return where the date begins and its day: "11 de", "11th of", "11."."""
    at = index - 1
    while at >= max(0, index - 3) and (
        tokens[at].lower in lexicon.date_links
        or tokens[at].lower in lexicon.ordinals
        or (tokens[at].text == "." and tokens[at].glued)
    ):
        at -= 1
    day = _number_at(tokens, at)
    if day is None or not 1 <= day <= 31:
        return index, None
    glued_to_word = at and tokens[at].glued and tokens[at - 1].kind in {LexemeKind.WORD, LexemeKind.NUMERAL}
    return (index, None) if glued_to_word else (at, day)


def _day_after(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> tuple[int, int] | None:
    """Return the day after the month, in the languages that write it so, and the index after it."""
    if not lexicon.month_first:
        return None
    day = _number_at(tokens, index)
    if day is None or not 1 <= day <= 31 or len(tokens[index].text) > 2:
        return None
    last = index + 1
    if last < len(tokens) and tokens[last].glued and tokens[last].lower in lexicon.ordinals:
        last += 1
    return day, last


def _year_after(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> tuple[int | None, int]:
    at = index
    if at < len(tokens) and (tokens[at].text == "," or tokens[at].lower in lexicon.date_links):
        at += 1
    year = _number_at(tokens, at)
    if year not in _YEARS:
        return None, index
    after = lexicon.year_after.at(tokens, at + 1)
    return year, after[1] if after else at + 1


def _year(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> Draft | None:
    """Return a year on its own, "2014-2022", "the 1990s"."""
    first, last = numeral.first, numeral.last
    year = int(numeral.value)
    if not numeral.plain or tokens[first].text[0] == "0" or lexicon.decimal is None or year not in _YEARS:
        return None
    after = tokens[last] if last < len(tokens) else None
    if after and after.glued and after.lower == "s" and year % 10 == 0:
        return _draft(first, last + 1, f"{year // 10}X")
    if after and after.text in _DASHES | {"/"} and (end := _second_year(tokens, last + 1, year)):
        return _draft(first, last + 2, f"{year}/{end}")
    if named := lexicon.year_after.at(tokens, last):
        return _draft(first, named[1], str(year))
    is_cued = lexicon.year_before.before(tokens, first) is not None
    if _is_measure(tokens, numeral, lexicon) or not (is_cued or _is_likely(year, after, lexicon)):
        return None
    return _draft(first, last, str(year))


def _is_measure(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether what stands beside the number makes it an amount or a label."""
    after = tokens[numeral.last] if numeral.last < len(tokens) else None
    if after and after.glued and after.kind is LexemeKind.WORD:
        return True
    if lexicon.signs.before(tokens, numeral.first) or lexicon.references.before(tokens, numeral.first):
        return True
    units = (lexicon.units, lexicon.symbols, lexicon.currencies, lexicon.signs, lexicon.percent)
    return any(phrases.at(tokens, numeral.last) for phrases in units)


def _is_likely(year: int, after: Lexeme | None, lexicon: FigureLexicon) -> bool:
    """Whether four digits without a cue are a year: "2000 soldiers" are none, "the 2019 election" is one."""
    counts = after is not None and after.kind is LexemeKind.WORD and after.lower not in lexicon.function_words
    return year in LIKELY_YEARS and (not counts or year % _ROUND != 0)


def _second_year(tokens: Sequence[Lexeme], index: int, first: int) -> int | None:
    """Return the year that ends the span: "2014-2022", "2024/25"."""
    if not (index < len(tokens) and tokens[index].glued and tokens[index].text.isdigit()):
        return None
    text = tokens[index].text
    if len(text) == 2 and tokens[index - 1].glued:
        text = str(first)[:2] + text
    return int(text) if len(text) == 4 and first < int(text) < first + 200 else None


# ---- relative to the day of publication


def _relative(tokens: Sequence[Lexeme], places: Places, lexicon: FigureLexicon, anchor: date) -> list[Draft]:
    """Return "ieri", "last year", "next Tuesday"."""
    drafts: list[Draft] = []
    for index in places.relative:
        if found := lexicon.relative.at(tokens, index):
            offset, unit = found[0].split(" ")
            if iso := shifted(anchor, int(offset), unit):
                drafts.append(_draft(index, found[1], iso))
        elif weekday := lexicon.weekdays.at(tokens, index):
            before, after = lexicon.last.before(tokens, index), lexicon.last.at(tokens, weekday[1])
            if before or after:
                direction = (before or after or (0, 0))[0]
                ahead = (weekday[0] - 1 - anchor.weekday()) % 7
                days = (ahead or 7) if direction > 0 else ahead - 7
                first, last = before[1] if before else index, after[1] if after and not before else weekday[1]
                if iso := shifted(anchor, days, "d"):
                    drafts.append(_draft(first, last, iso))
    return drafts


def _ago(
    tokens: Sequence[Lexeme], numerals: Sequence[Numeral], place: int, lexicon: FigureLexicon, anchor: date
) -> Draft | None:
    """Return "three days ago", "tre anni fa", "vor zwei Wochen"."""
    numeral = numerals[place]
    found = lexicon.units.at(tokens, numeral.last)
    if not found or not numeral.value.is_integer() or found[0] not in _MOST_AGO:
        return None
    unit, last = found
    first = numeral.first
    if after := lexicon.ago_after.at(tokens, last):
        last = after[1]
    elif before := lexicon.ago_before.before(tokens, first):
        first = before[1]
    else:
        return None
    if not 0 < numeral.value <= _MOST_AGO[unit]:
        return None
    iso = shifted(anchor, -int(numeral.value), unit)
    return _draft(first, last, iso) if iso else None


def shifted(anchor: date, offset: int, unit: str) -> str | None:
    """Return the day, week, month or year that is so far from `anchor`, as exact as the unit is."""
    try:
        if unit == "d":
            return (anchor + timedelta(days=offset)).isoformat()
        if unit == "wk":
            year, week, _ = (anchor + timedelta(weeks=offset)).isocalendar()
            return f"{year:04d}-W{week:02d}"
        if unit == "mo":
            years, month = divmod(anchor.year * 12 + anchor.month - 1 + offset, 12)
            return date(years, month + 1, 1).strftime("%Y-%m")
        return f"{date(anchor.year + offset, 1, 1).year:04d}"
    except (OverflowError, ValueError):
        return None
