"""Makes clean text as careless as feeds are: lost spaces, headlines in capitals, odd apostrophes and quotation marks.

Annotated corpora are edited; a model that has seen nothing else takes "(ДСНС).Речниця" for one name. Nothing is random:
what happens to an article follows from its number.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from training.entities.corpus import Article

# One article of so many is learnt from a second time, in one of the forms below.
EVERY = 8
_BEFORE_LOST_SPACE = frozenset(".,;:!?»”)")
_APOSTROPHES = ("'", "`", "´", "’")
_QUOTES = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "„": '"'})


def noisy(article: Article, number: int) -> Article | None:
    """Return the careless form of every eighth article, else None."""
    if number % EVERY:
        return None
    return _rewritten(article, _FORMS[number // EVERY % len(_FORMS)])


def _spaces_lost(text: str, at: int) -> str:
    is_lost = text[at] == " " and at > 0 and text[at - 1] in _BEFORE_LOST_SPACE and at % 2
    return "" if is_lost else text[at]


def _headline(text: str, at: int) -> str:
    """Every second line is one."""
    return text[at].upper() if text.count("\n", 0, at) % 2 else text[at]


def _odd_marks(text: str, at: int) -> str:
    if text[at] in "'’":
        return _APOSTROPHES[at % len(_APOSTROPHES)]
    if text[at] in "”»" and at % 2:
        return " " + text[at]
    return text[at].translate(_QUOTES) if at % 3 else text[at]


_FORMS: tuple[Callable[[str, int], str], ...] = (_spaces_lost, _headline, _odd_marks)


def _rewritten(article: Article, form: Callable[[str, int], str]) -> Article:
    pieces = [form(article.text, at) for at in range(len(article.text))]
    starts = [0, *accumulate(map(len, pieces))]
    names = frozenset((starts[start], starts[end], kind) for start, end, kind in article.names)
    return replace(article, text="".join(pieces), names=names)
