"""Measures which languages are told from how many characters, on the translations of one news corpus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.quality.markdown import not_measured, share, table
from services.enrich.nlp.document import Document
from services.enrich.nlp.language import identify
from services.enrich.resources import Resources

_LENGTHS = (20, 50, 100, 300)
_TEXTS = 300
# Fifty languages share a row, so each needs fewer.
_TEXTS_OF_OTHERS = 60
_OTHERS = "all others"
_ENGLISH = "newstest2019-src.eng.txt"
_TEN = {
    "it": "ita", "en": "eng", "de": "deu", "fr": "fra", "es": "spa", "pt": "por", "nl": "nld", "pl": "pol", "ru": "rus",
    "uk": "ukr",
}  # fmt: skip
# The files name languages by ISO 639-3. Second translations and variants of one language are left out.
_OTHER = {
    "af": "afr", "am": "amh", "ar": "arb", "az": "aze-Latn", "be": "bel", "bn": "ben", "bs": "bos", "bg": "bul",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "el": "ell", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin",
    "ga": "gle", "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl",
    "ja": "jpn", "ka": "kat", "kk": "kaz", "ko": "kor", "lv": "lav", "lt": "lit", "lb": "ltz", "mr": "mar", "mk": "mkd",
    "mt": "mlt", "ms": "msa", "nn": "nno", "nb": "nob", "ro": "ron", "sk": "slk", "sl": "slv", "sq": "sqi",
    "sr": "srp-Cyrl", "sr-Latn": "srp-Latn", "sw": "swa", "sv": "swe", "ta": "tam", "te": "tel", "th": "tha",
    "tr": "tur", "ur": "urd", "uz": "uzb", "vi": "vie",
}  # fmt: skip


def section(data: Path, resources: Resources) -> str:
    """Return the tables: right, answered, right of those answered, by language and length."""
    folder = data / "lid"
    counts: dict[str, Counter[str]] = {}
    others = Counter[str]()
    for tag, name in (_TEN | _OTHER).items():
        if not (file := _file(folder, name)).exists():
            continue
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
        found = measure(tag, lines, resources, texts=_TEXTS if tag in _TEN else _TEXTS_OF_OTHERS)
        if tag in _TEN:
            counts[tag] = found
        else:
            others.update(found)
            others["languages"] += 1
    if not counts and not others:
        return not_measured(["lid"], corpus="NTREX-128", origin="github.com/Helsinki-NLP/OPUS-MT-testsets")
    return _written(counts, others)


def measure(tag: str, lines: Sequence[str], resources: Resources, *, texts: int) -> Counter[str]:
    """Return how many texts of each length there were, had an answer, and had the right one."""
    counts: Counter[str] = Counter()
    for length in _LENGTHS:
        for text in cut(lines, length, texts):
            answer = identify(Document(text=text), resources).tag
            counts.update({f"texts {length}": 1})
            counts[f"answered {length}"] += answer != "und"
            counts[f"right {length}"] += answer == tag
    return counts


def cut(lines: Sequence[str], length: int, texts: int) -> Iterable[str]:
    """Yield texts of at most so many characters, cut at a word, that begin at lines spread over the file."""
    for start in range(0, len(lines), max(1, len(lines) // texts)):
        text = ""
        for line in lines[start:]:
            text = f"{text} {line}".strip()
            if len(text) > length:
                break
        if len(text) < length:  # the file's end
            continue
        whole_words = text[: length + 1].rpartition(" ")[0]
        # A script without spaces, or one long word, is cut where it is.
        yield whole_words if len(text) > length and len(whole_words) > length // 2 else text[:length]


def _file(folder: Path, name: str) -> Path:
    return folder / (_ENGLISH if name == "eng" else f"newstest2019-ref.{name}.txt")


def _written(counts: dict[str, Counter[str]], others: Counter[str]) -> str:
    rows = dict(counts)
    rows[f"these {len(counts)}"] = sum(counts.values(), Counter())
    if others:
        rows[f"{_OTHERS} ({others['languages']})"] = others
    head = ("language", *(f"{length} characters" for length in _LENGTHS))
    texts = sum(count for row in (*counts.values(), others) for name, count in row.items() if name.startswith("texts "))
    note = (
        f"NTREX-128: {texts} news texts, cut at a word, each from the beginning of a line; the tag must be exactly right, so Bosnian, "
        "Croatian and Serbian, or Norwegian's two forms, count as different. `und` is no answer. How "
        "sure an answer must be was chosen on sentences like these.\n"
    )
    parts = [note]
    for title, part, whole in (
        ("Right, of all texts", "right", "texts"),
        ("Answered", "answered", "texts"),
        ("Right, of those answered", "right", "answered"),
    ):
        figures = (
            (name, *(share(row[f"{part} {length}"], row[f"{whole} {length}"]) for length in _LENGTHS))
            for name, row in rows.items()
        )
        parts.append(f"**{title}**\n\n{table(head, figures)}")
    return "\n".join(parts)
