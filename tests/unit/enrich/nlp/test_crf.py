"""The weights are added up as crfsuite adds them up."""

import tracemalloc

import pycrfsuite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.enriched import Span
from services.enrich.nlp.entities.crf import LABELS, Crf
from services.enrich.nlp.entities.features import Attributes
from services.enrich.nlp.entities.surroundings import Word
from services.enrich.nlp.tokens import tokenise
from services.enrich.weights import read_weights, write_weights

LESSONS = [
    ("il sindaco Bianchi parla", ["O", "O", "B-PER", "O"]),
    ("Anna Bianchi vive a Roma", ["B-PER", "I-PER", "O", "O", "B-LOC"]),
    ("la Banca Roma chiude", ["O", "B-ORG", "I-ORG", "O"]),
    ("Roma dorme", ["B-LOC", "O"]),
    ("il Monte Roma dorme", ["O", "B-LOC", "I-LOC", "O"]),  # a label that nothing was learnt of would be at nought
]
WORDS = ("il", "la", "a", "sindaco", "Bianchi", "Anna", "Roma", "Banca", "dorme", "xyz", "Xyz")


class Plain:
    """Attributes that need no lists: the words themselves, and their neighbours."""

    def word(self, text):
        return Word(text.lower(), "", text[0].isupper(), (), starts_phrase=False, starts_name=False)

    def spelled(self, text, word):
        low = word.lower
        return Attributes(
            ["l:" + low, f"s:{word.is_capital}"], ["-l:" + low], ["+l:" + low], ["<l:" + low], [">l:" + low]
        )

    def placed(self, tokens, words):
        return [["g:" + ("$" if token.gap == "\n" else "_")] for token in tokens]

    def attributes(self, sentence):
        words = [self.spelled(text, self.word(text)) for text in sentence]
        found = []
        for at, word in enumerate(words):
            attributes = [*word.own, "g:" + ("_" if at else "$")]
            attributes += words[at - 1].of_next if at else []
            attributes += words[at - 2].of_next_but_one if at > 1 else []
            attributes += words[at + 1].of_previous if at + 1 < len(words) else []
            attributes += words[at + 2].of_previous_but_one if at + 2 < len(words) else []
            found.append(attributes)
        return found


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Return crfsuite's tagger and ours with the same weights."""
    folder = tmp_path_factory.mktemp("crf")
    trainer = pycrfsuite.Trainer(verbose=False)
    for text, labels in LESSONS:
        trainer.append(Plain().attributes(text.split()), labels)
    trainer.train(str(folder / "model"))
    theirs = pycrfsuite.Tagger()
    theirs.open(str(folder / "model"))
    info = theirs.info()
    write_weights(folder, "it", LABELS, info.state_features, info.transitions)
    return theirs, Crf(Plain(), read_weights(folder, "it"))


@settings(max_examples=80)
@given(sentences=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), min_size=1, max_size=5))
def test_labels_and_probabilities_are_those_of_crfsuite(sentences, models):
    """Sentences of different lengths at once, known and unknown words."""
    theirs, ours = models
    text, spans = "", []
    for sentence in sentences:
        start = len(text)
        text += " ".join(sentence) + "\n"
        spans.append(Span(start=start, end=len(text) - 1))
    labelled = ours.label(tokenise(text, spans, language="it"))
    at = 0
    for sentence in sentences:
        theirs.set(Plain().attributes(sentence))
        best = theirs.tag()
        for place in range(len(sentence)):
            # Half precision, and a tie may go either way.
            chance = theirs.marginal(best[place], place)
            assert labelled.chances[at, LABELS.index(best[place])] == pytest.approx(chance, abs=0.01)
            if chance > 0.6:
                assert LABELS[labelled.labels[at]] == best[place]
            at += 1
    assert at == len(labelled.labels)


def test_the_words_that_are_kept_are_bounded(models, monkeypatch):
    """A stream brings ever new words; what they add up to is forgotten and learnt again, the same."""
    monkeypatch.setattr("services.enrich.nlp.entities.crf._MOST_WORDS", 4)
    ours = Crf(Plain(), models[1]._weights)
    once = [ours.label(_tokens(text)).labels for text, _ in LESSONS]
    assert [ours.label(_tokens(text)).labels for text, _ in LESSONS] == once
    assert len(ours._known) <= 4
    assert len(ours._known_before) <= 4


def test_more_words_than_are_kept_in_one_article(models):
    """Rounds-ups and lists have tens of thousands of different ones."""
    text = " ".join(f"x{number}" for number in range(20_000)) + " Anna Bianchi"
    labelled = Crf(Plain(), models[1]._weights).label(_tokens(text))
    assert [LABELS[label] for label in labelled.labels[-2:]] == ["B-PER", "I-PER"]


def test_a_run_of_words_without_end_is_cut(models):
    """Forty thousand words are no sentence; and none is nothing."""
    labelled = models[1].label(_tokens("Anna Bianchi " * 20_000))
    assert len(labelled.labels) == len(labelled.chances) == 40_000
    assert not len(models[1].label([]).labels)


def test_memory_does_not_grow_with_the_number_of_sentences_times_the_longest(models):
    """Many short lines and one long: each batch of sentences is as wide as its own longest."""
    lines = ["Anna Bianchi"] * 20_000
    lines[10_000] = "Roma " * 150
    text, spans = "", []
    for line in lines:
        spans.append(Span(start=len(text), end=len(text) + len(line)))
        text += line + "\n"
    tracemalloc.start()
    models[1].label(tokenise(text, spans, language="it"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000


def _tokens(text):
    return tokenise(text, [Span(start=0, end=len(text))], language="it")
