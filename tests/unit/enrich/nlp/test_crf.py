"""The weights are added up as crfsuite adds them up."""

import pycrfsuite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.enriched import Span
from services.enrich.nlp.entities.crf import LABELS, Crf
from services.enrich.nlp.entities.features import Attributes, Word
from services.enrich.nlp.tokens import tokenise
from services.enrich.taggers import read_weights, write_weights

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
    write_weights(folder, "it", info.state_features, info.transitions)
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
    """A stream brings ever new words; what they add up to is forgotten and learnt again."""
    monkeypatch.setattr("services.enrich.nlp.entities.crf._MOST_WORDS", 8)
    ours = Crf(Plain(), models[1]._weights)
    once = [ours.label(_tokens(text)).labels for text, _ in LESSONS]
    assert [ours.label(_tokens(text)).labels for text, _ in LESSONS] == once
    assert len(ours._known) <= 8


def test_a_run_of_words_without_end_takes_linear_time(models):
    """It is cut: forty thousand words are no sentence."""
    labelled = models[1].label(_tokens("Anna Bianchi " * 20_000))
    assert len(labelled.labels) == 40_000
    assert models[1].label([]).labels == ()


def _tokens(text):
    return tokenise(text, [Span(start=0, end=len(text))], language="it")
