"""What digits with separators are worth: "1.234.567,89", "1,000", "1'000". Decided by language, then by shape."""

from collections.abc import Iterable, Sequence

# Longer strings of digits are account numbers and hashes.
_MOST_DIGITS = 18
_SEPARATORS = ".,'"


def number(text: str, decimal: str | None) -> float | None:
    """Return the value of digits with separators, or None if they are not one number ("1.2.3").

    `decimal` is the sign the language writes before decimals; None leaves it to the shape alone.
    """
    text = text.replace("’", "'")
    signs = [char for char in text if char in _SEPARATORS]
    if len(text) - len(signs) > _MOST_DIGITS:
        return None
    if not signs:
        return float(text)
    last = signs[-1]
    groups = text.split(last)
    if len(set(signs)) > 1:
        # The last separator stands before the decimals, so it occurs once and the others group.
        whole = groups[0].split(signs[0])
        is_number = signs.count(last) == 1 and last != "'" and len(set(signs)) == 2 and _are_grouped(whole)
        return float(f"{''.join(whole)}.{groups[1]}") if is_number else None
    if _are_grouped(groups) and (last != decimal or len(signs) > 1):
        return float("".join(groups))
    return float(f"{groups[0]}.{groups[1]}") if len(signs) == 1 and last != "'" else None


def convention(numerals: Iterable[str], default: str | None) -> str | None:
    """Return the decimal sign of this text: the language's, unless the text is plainly written the other way.

    Spanish has a comma in Madrid and a stop in Mexico; translated text keeps the original's.
    """
    if default is None:
        return None
    other = "," if default == "." else "."
    signs = [sign for text in numerals if (sign := _certain_decimal(text))]
    return other if other in signs and default not in signs else default


def _certain_decimal(text: str) -> str | None:
    """Return the decimal sign that this numeral shows whatever the language, or None."""
    signs = [char for char in text if char in ".,"]
    if not signs:
        return None
    groups = text.split(signs[-1])
    if len(set(signs)) == 2:
        return signs[-1] if signs.count(signs[-1]) == 1 else None
    if len(signs) > 1:
        return ("," if signs[0] == "." else ".") if _are_grouped(groups) else None
    return signs[0] if len(groups[1]) == 1 else None


def _are_grouped(groups: Sequence[str]) -> bool:
    """Whether separators between these can stand for thousands: 1-3 digits, then threes (in India twos, then three)."""
    first, *middle, last = groups
    sizes = {len(group) for group in middle}
    return 1 <= len(first) <= 3 and first[0] != "0" and len(last) == 3 and (sizes <= {3} or sizes == {2})
