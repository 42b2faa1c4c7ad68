"""Annotated articles survive the way through marks; agreement counts; speakers are learnt from choices."""

import pytest

from services.contract.enriched import Speaker
from services.enrich.nlp.quotes.attribution import Candidate
from training.quotes import speakers
from training.quotes.agreement import agreement
from training.quotes.examples import Choice, Example, choices, lesson
from training.quotes.marked import MarkError, articles, marked
from training.quotes.scores import matches, name_is_right, same_name, shared, speaker_is_right

MARKED = """=== it-x1 | 2025-03-12 | made for this test
Il ponte riaprirà

<q 1 direct statement name="Anna Berti" role="sindaca" via="name">«Il ponte»</q>, <c 1>ha detto</c> <s 1>la sindaca Anna Berti</s>, <q 1>«riaprirà»</q>. <c 2>Ha aggiunto</c> che <q 2 indirect statement name="Anna Berti" via="dropped">costerà poco</q>.
"""


def test_marks_and_stand_off_lines_say_the_same() -> None:
    """There and back again nothing is lost, and the offsets are those of the plain text."""
    (article,) = articles(MARKED, "it")
    first, second = article["quotes"]
    text = article["text"]
    assert [text[start:end] for start, end in first["content"]] == ["«Il ponte»", "«riaprirà»"]
    assert [text[start:end] for start, end in first["speaker"]] == ["la sindaca Anna Berti"]
    assert (first["name"], first["role"], first["via"]) == ("Anna Berti", "sindaca", "name")
    assert (second["type"], second["via"], second["speaker"]) == ("indirect", "dropped", [])
    assert list(articles(marked(article), "it")) == [article]


@pytest.mark.parametrize("bad", ["<q 1 direct>a", "<q direct>a</q>", "a</q>", "<s 1>a</s>"])
def test_marks_that_do_not_fit_are_refused(bad: str) -> None:
    """The article is named."""
    with pytest.raises(MarkError, match="it-x2"):
        list(articles(f"=== it-x2 | 2025-03-12 | bad\nTitolo\n\n{bad}\n", "it"))


def test_contents_match_by_half_of_their_words_one_to_one() -> None:
    """Of two that would fit, the better one does."""
    text = "uno due tre quattro cinque sei"
    assert matches(text, [[[0, 19]]], [[[0, 7]], [[0, 11]]]) == [(0, 1)]
    assert matches(text, [[[0, 7]]], [[[20, 30]]]) == []
    assert shared(text, [[0, 7]], [[4, 11]]) == pytest.approx(1 / 3)


def speaker(name: str | None, text: str, start: int) -> Speaker:
    return Speaker(name=name, text=text, start=start, end=start + len(text), confidence=1.0)


def test_a_speaker_is_right_by_place_or_by_name() -> None:
    """A pronoun at the same place is right even without a name; the name must be asked for separately."""
    text = "Anna Berti è arrivata. Lei ha detto che viene."
    quote = {"speaker": [[23, 26]], "name": "Anna Berti", "via": "pronoun"}
    assert speaker_is_right(text, quote, speaker(None, "Lei", 23))
    assert not name_is_right(quote, speaker(None, "Lei", 23))
    assert name_is_right(quote, speaker("Anna Berti", "Lei", 23))
    assert not speaker_is_right(text, quote, None)
    assert speaker_is_right(text, {"speaker": [], "name": None, "via": "unknown"}, None)
    assert same_name("Людмила Бойко", "Людмилы Бойко")
    assert not same_name("Anna Berti", "Carlo Bruni")


def test_agreement_counts_what_both_have() -> None:
    """The second annotator left one quotation out, and gave the other to somebody else."""
    (article,) = articles(MARKED, "it")
    first = article["quotes"][0] | {"name": "Carlo Bruni"}
    found = agreement([article], [article | {"quotes": [first]}])
    assert (found.first, found.second, found.both, found.speaker) == (2, 1, 1, 0)
    with pytest.raises(ValueError, match="another"):
        agreement([article], [article | {"text": "x"}])


def test_the_right_candidate_is_learnt() -> None:
    """Who stands nearer speaks, in these lessons."""
    near, far = (Candidate(None, is_carried=False, attributes=[name]) for name in ("near", "far"))
    weights = speakers.fit([Choice([far, near], [1])] * 20 + [Choice([near, far], [])])
    assert weights["near"] > 0.5 > -0.5 > weights["far"]


def test_a_lesson_has_the_labels_of_the_annotation(resources) -> None:
    """The interrupted quotation begins, tells who speaks and goes on; the speaker is among the candidates."""
    (article,) = articles(MARKED, "it")
    example = Example.of(article, resources)
    learnt = lesson(example, resources.quotes["it"])
    labels = "".join("OABI"[label] for label in learnt.labels)
    assert labels[labels.index("B") :] == "BAAIAB"
    first = choices(learnt, resources.quotes["it"])[0]
    (right,) = {first.candidates[at].source and first.candidates[at].source.entity.name for at in first.right}
    assert right == "Anna Berti"
