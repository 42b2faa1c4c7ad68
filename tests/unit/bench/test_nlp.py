"""The comparison with spaCy runs on a few words, and its texts are what it says."""

from bench import nlp
from bench.texts import LANGUAGES, golden, seeds


def test_it_prints_a_row_a_language_and_one_in_all(capsys) -> None:
    """Each has both speeds and their ratio."""
    nlp.main(["--words", "10"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows] == ["language", "---", *LANGUAGES, "all"]
    assert all(float(row.split("|")[4]) > 0 for row in rows[2:])


def test_the_texts_are_the_same_each_time_and_long_enough() -> None:
    """Their order is by chance, and the chance is fixed."""
    texts = nlp.articles(30_000)
    assert texts == nlp.articles(30_000)
    assert all(3_000 <= sum(len(text.split()) for text in own) < 4_500 for own in texts.values())


def test_the_marks_around_names_are_taken_off() -> None:
    """Only the words stay."""
    assert not [text for text in golden() if "|" in text.text or text.text.startswith("#")]
    assert {text.language for text in golden()} == set(LANGUAGES)
    assert {text.language for text in seeds()} >= set(LANGUAGES)


def test_rounds_are_summed_one_by_one() -> None:
    """The median in all is of whole rounds."""
    whole = nlp.together([nlp.Compared(10, [1, 2], [3, 4]), nlp.Compared(5, [1, 1], [1, 1])])
    assert whole == nlp.Compared(15, [2, 3], [4, 5])
