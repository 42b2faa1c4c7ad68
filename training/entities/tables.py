"""Compiles what is known of words beforehand into small tries: name counts, names' types, word clusters."""

import gzip
import json
from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path

import marisa_trie

from services.enrich.nlp.tokens import WORD
from services.enrich.taggers import CLUSTERS, NAME_COUNTS, NAME_TYPES
from training.entities.corpus import KINDS, SOURCES, sentences

# Of each language's million clustered words, the commonest.
_CLUSTERED_WORDS = 200_000
_CLUSTERED_LANGUAGES = ("en", "de", "es")
_OTHER = len(KINDS)
_FEWEST = 2  # a word or name seen once says nothing
_MOSTLY = 0.6
_LARGEST = 255
# Its sentences are mostly bare titles: a capital outside of a name says nothing there.
_TITLES_ONLY = "wikiann"


class MissingClusters(SystemExit):
    """Raised when the package with the word clusters is not installed."""


def write_name_tables(data: Path, folder: Path, *, sources: Collection[str]) -> None:
    """Count, in annotated sentences of many languages, what capitalised words and whole names are."""
    counts: dict[str, list[int]] = {}
    types: dict[str, list[int]] = {}
    for language, learnt_from in SOURCES["languages"].items():
        path = data / f"{language}.train.tsv"
        for source, tagged in sentences(path) if path.exists() else ():
            if source not in sources or source in learnt_from:
                continue
            for index, (token, tag) in enumerate(tagged):
                kind = KINDS.index(tag[2:]) if tag[2:] in KINDS else _OTHER
                if kind == _OTHER and (index == 0 or source == _TITLES_ONLY):
                    continue
                for match in WORD.finditer(token):
                    if match[0][0].isupper():
                        counts.setdefault(match[0], [0] * (_OTHER + 1))[kind] += 1
            for kind, name in _names(tagged):
                if name[:1].isupper():
                    types.setdefault(name, [0] * _OTHER)[kind] += 1
    folder.mkdir(parents=True, exist_ok=True)
    marisa_trie.RecordTrie(
        NAME_COUNTS,
        (
            (word, tuple(min(number, _LARGEST) for number in found))
            for word, found in counts.items()
            if sum(found) >= _FEWEST
        ),
    ).save(str(folder / "name_counts.marisa"))
    marisa_trie.RecordTrie(
        NAME_TYPES,
        (
            (name, (found.index(max(found)),))
            for name, found in types.items()
            if max(found) >= _MOSTLY * sum(found) and (" " in name or sum(found) >= _FEWEST)
        ),
    ).save(str(folder / "name_types.marisa"))


def _names(tagged: list[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Yield (kind, name as our words joined by spaces)."""
    words: list[str] = []
    open_kind = ""
    for token, tag in [*tagged, ("", "O")]:
        if not tag.startswith("I") and words:
            if open_kind in KINDS and (name := " ".join(match[0] for word in words for match in WORD.finditer(word))):
                yield KINDS.index(open_kind), name
            words = []
        if tag.startswith("B"):
            words, open_kind = [token], tag[2:]
        elif tag.startswith("I") and words:
            words.append(token)


def write_clusters(folder: Path) -> None:
    """Join the Brown clusters of three languages in one table. Raises `MissingClusters`.

    They come with spaCy's lookups (MIT), each a million words in up to a thousand clusters; the path in the tree is a
    number whose lowest bits are its first turns.
    """
    paths: dict[str, Mapping[str, int]] = {}
    words: set[str] = set()
    for language in _CLUSTERED_LANGUAGES:
        paths[language] = _lookup(f"{language}_lexeme_cluster.json.gz")
        probabilities = _lookup(f"{language}_lexeme_prob.json.gz")
        clustered = (word for word in paths[language] if word[:1].isalnum())
        words.update(sorted(clustered, key=lambda word: (-probabilities.get(word, -99.0), word))[:_CLUSTERED_WORDS])
    marisa_trie.RecordTrie(
        CLUSTERS,
        (
            (word, tuple(paths[language].get(word, 0) & 0xFFFF for language in _CLUSTERED_LANGUAGES))
            for word in sorted(words)
        ),
    ).save(str(folder / "clusters.marisa"))


def _lookup(name: str) -> Mapping[str, int]:
    try:
        file = resources.files("spacy_lookups_data") / "data" / name
    except ModuleNotFoundError:
        raise MissingClusters("the word clusters are missing: pip install 'spacy-lookups-data==1.0.5'") from None
    found: Mapping[str, int] = json.loads(gzip.decompress(file.read_bytes()))
    return found
