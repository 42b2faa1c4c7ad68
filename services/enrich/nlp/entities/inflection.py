"""The forms of one name: case endings of Slavic languages, transliterations. Knows endings, not grammar.

Both sides are reduced to stems: a name of a list when it is indexed, a word of the text when it is looked up.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from services.enrich.nlp.tokens import WORD

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_NOMINATIVE = re.compile(r"(?:ая|яя|ий|ый|ой|ое|ее|ые|ие|а|я|ь|й|о|е|ы|и|і|ї|є|а|e|y|i|o|a)$")
# Case endings, longest first; a word has one stem for each that fits.
_ENDINGS = {
    "cyrillic": (
        "ого его ому ему ыми ими ами ями ою ею ой ей ом ем єм ам ям ах ях ым им ых их ій ої ую юю ів їв ая ий ый ое ые ие "
        "а я ы и у ю е о ь й і ї є"
    ),
    "polish": "iego iemu ego emu ach iach ami iami owi iowi iem ych ich ymi imi ej iej ów ie em om ii iu ym im ią a e y i u ę ą o",
}  # fmt: skip
_SOFTENED = {
    "cyrillic": (("ці", "к"), ("зі", "г"), ("сі", "х")),
    "polish": (("ce", "k"), ("dze", "g"), ("rze", "r"), ("dzie", "d"), ("cie", "t"), ("ście", "st"), ("le", "ł")),
}
SHORTEST_STEM = 3
_REMEMBERED = 10_000  # words; a stream repeats itself
_LONGEST = 40  # letters that are looked at; a longer run is no word
_MOST_PHRASES = 128
INFLECTED = {"ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic", "bg": "cyrillic", "sr": "cyrillic", "pl": "polish"}


def is_cyrillic(word: str) -> bool:
    """Whether there is a Cyrillic letter in it."""
    return _CYRILLIC.search(word) is not None


def stems(word: str, language: str) -> tuple[str, ...]:
    """Return what may be the stem of a word in the text, the likeliest first; the word itself is one."""
    return _stems(word[:_LONGEST], language)


@lru_cache(maxsize=_REMEMBERED)
def _stems(word: str, language: str) -> tuple[str, ...]:
    low = word.casefold()
    family = INFLECTED.get(language)
    if family is None:
        return (low, low[:-1]) if language == "de" and low.endswith("s") and len(low) > 4 else (low,)
    found = [low]
    found += [
        low[: -len(ending)]
        for ending in _ENDINGS[family].split()
        if low.endswith(ending) and len(low) - len(ending) >= SHORTEST_STEM
    ]
    found += [low[: -len(soft)] + hard for soft, hard in _SOFTENED[family] if low.endswith(soft) and len(low) > 4]
    return tuple(dict.fromkeys(found))


def name_stems(word: str) -> tuple[str, ...]:
    """Return under which stems a name of the list is to be found: `stems` of its inflected forms hits one."""
    low = word.casefold()
    stem = _NOMINATIVE.sub("", low) if len(low) > SHORTEST_STEM else low
    stem = stem if len(stem) >= SHORTEST_STEM else low
    found = [low, stem]
    if is_cyrillic(low):
        head, vowel, tail = stem.rpartition("і")
        if vowel and len(tail) <= 2:  # Харків, Харкова; Тернопіль, Тернополя
            found += [f"{head}о{tail}", f"{head}е{tail}"]
        head, vowel, tail = stem.rpartition("ї")
        if vowel and len(tail) == 1:  # Київ, Києва
            found.append(f"{head}є{tail}")
    else:
        found.append(stem.translate(_POLISH_SOFT))  # Kraków, Krakowa; Łódź, Łodzi
    return tuple(dict.fromkeys(found))


_POLISH_SOFT = str.maketrans("óńźść", "onzsc")

_FOLDED = (
    ("tsch", "c"), ("tch", "c"), ("sch", "s"), ("shch", "s"), ("cz", "c"), ("ch", "h"), ("sh", "s"), ("sz", "s"), ("zh", "z"),
    ("kh", "h"), ("ck", "k"), ("ks", "x"), ("ph", "f"), ("th", "t"), ("ts", "c"), ("rz", "z"), ("w", "v"), ("z", "s"),
    ("y", "i"), ("j", "i"), ("q", "k"), ("ou", "u"),
)  # fmt: skip
_CYRILLIC_TO_LATIN = str.maketrans(
    "абвгґдеёєжзийіїклмнопрстуфхцчшщъыьэюя", "abvggdeeezsiiiiklmnoprstufhccss_i_eua"
)  # fmt: skip
_RUN = re.compile(r"(.)\1+")
_MARKS = re.compile("[\u0300-\u036f'’ʼ_-]")


def skeleton(name: str) -> str:
    """Return what transliterations of one name have in common: Zelensky, Zelenskyy, Selenskyj, Зеленский."""
    return _skeleton(name[:_LONGEST])


@lru_cache(maxsize=_REMEMBERED)
def _skeleton(name: str) -> str:
    low = name.casefold().translate(_CYRILLIC_TO_LATIN).replace("ł", "l").replace("ß", "ss")
    low = _MARKS.sub("", unicodedata.normalize("NFD", low))
    for spelling, plain in _FOLDED:
        low = low.replace(spelling, plain)
    return _RUN.sub(r"\1", low.replace("ie", "e").replace("ii", "i"))


def phrases(parts: Sequence[tuple[str, ...]]) -> Sequence[str]:
    """Return every combination of the words' stems, the likeliest first; bounded, since phrases are short."""
    combined = [""]
    for part in parts:
        combined = [f"{phrase} {stem}" if phrase else stem for phrase in combined for stem in part][:_MOST_PHRASES]
    return combined


def phrase_keys(name: str, language: str) -> Sequence[str]:
    """Return under which keys a listed name is found by the words of a text in this language."""
    words = [match[0] for match in WORD.finditer(name)]
    if language in INFLECTED:
        return phrases([name_stems(word) for word in words])
    return [" ".join(words).casefold()]
