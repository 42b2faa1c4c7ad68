"""Each section of the quality page measures a few lines made here, and says so where it has none."""

import orjson
import pytest

from bench.quality import claims, figures, languages, quotes, speed
from bench.quality.__main__ import put

ITALIAN = "Il sindaco ha spiegato che il ponte sul fiume resterà chiuso fino alla fine del mese di ottobre"


def row(text: str, name: str) -> list[str]:
    """Return the figures of the first row of a table that begins with a name."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def test_languages_are_counted_by_length(resources, tmp_path) -> None:
    """Twenty Italian lines are Italian at 50 characters; Swedish is among the others."""
    (tmp_path / "lid").mkdir()
    (tmp_path / "lid" / "newstest2019-ref.ita.txt").write_text(f"{ITALIAN}\n" * 20, "utf-8")
    (tmp_path / "lid" / "newstest2019-ref.swe.txt").write_text(
        "Regeringen vill att fler ungdomar ska få börja arbeta direkt efter skolan\n" * 20, "utf-8"
    )
    text = languages.section(tmp_path, resources)
    assert row(text, "it")[1] == "1.000"
    assert row(text, "all others (1)")[1] == "1.000"


def test_texts_are_cut_at_a_word() -> None:
    """No text is longer than asked for, none ends within a word; a text that is too short is left out."""
    assert list(languages.cut(["uno due tre quattro"], 12, 1)) == ["uno due tre"]
    assert list(languages.cut(["uno due", "tre quattro"], 12, 1)) == ["uno due tre"]
    assert list(languages.cut(["一二三四五六七八九十"], 5, 1)) == ["一二三四五"]
    assert list(languages.cut(["uno due"], 12, 1)) == []


def test_quotations_and_speakers_are_counted(resources, tmp_path, monkeypatch) -> None:
    """One quotation with its speaker, found as it was annotated, is right in everything."""
    content = "Il ponte riaprirà entro trenta giorni"
    text = f"«{content}», ha detto Anna Berti, sindaca di Narni."
    speaker = text.index("Anna Berti")
    monkeypatch.setattr(quotes, "GOLDEN", tmp_path / "none")
    monkeypatch.setattr(quotes, "AGAIN", tmp_path / "none")
    quote = {
        "type": "Direct",
        "cue": [],
        "content": [[1, 1 + len(content)]],
        "speaker": [[speaker, speaker + len("Anna Berti")]],
    }
    (tmp_path / "quotes").mkdir()
    (tmp_path / "quotes" / "it.made.dev.jsonl").write_bytes(
        orjson.dumps({"id": "1", "language": "it", "text": text, "quotes": [quote, quote | {"nested": True}]})
    )
    written = quotes.section(tmp_path, resources)
    assert row(written, "it.made")[:7] == ["1", "1", "1.000", "1.000", "1.000", "1.000", "1.000"]
    assert row(written, "it.made: Direct")[:3] == ["1", "1.000", "1.000"]


def test_errors_are_told_apart(resources) -> None:
    """What is missed, what is cut wrongly, what is no quotation, and who is taken for the speaker."""
    text = "«Il ponte riaprirà entro trenta giorni», ha detto Anna Berti, sindaca di Narni. Tutti erano contenti del fatto."
    speaker, missed = text.index("Tutti"), text.index("Tutti")
    annotated = [
        {"type": "direct", "act": "statement", "content": [[1, 38]], "cue": [], "speaker": [[speaker, speaker + 5]],
         "name": "Carlo Bruni", "via": "name"},
        {"type": "indirect", "act": "thought", "content": [[missed, len(text)]], "cue": [], "speaker": [], "name": None,
         "via": "unknown"},
    ]  # fmt: skip
    counts = quotes.measure([{"language": "it", "text": text, "quotes": annotated}], resources)
    assert (counts["gold"], counts["found"], counts["matched"], counts["speaker"]) == (2, 1, 1, 0)
    assert counts["error missed: indirect thought"] == 1
    assert counts["error speaker: somebody named near by instead of one told by name"] == 1


def test_quotations_without_corpora_are_those_of_our_own_articles(resources, tmp_path, monkeypatch) -> None:
    """The corpora are asked for; what the repository has is measured."""
    (tmp_path / "golden").mkdir()
    quote = {"type": "direct", "act": "statement", "content": [[1, 5]], "cue": [], "speaker": [], "name": None,
             "role": None, "via": "unknown"}  # fmt: skip
    article = {"id": "1", "language": "it", "date": "2025-01-01", "note": "", "text": "«Così» va.", "quotes": [quote]}
    (tmp_path / "golden" / "it.jsonl").write_bytes(orjson.dumps(article))
    monkeypatch.setattr(quotes, "GOLDEN", tmp_path / "golden")
    monkeypatch.setattr(quotes, "AGAIN", tmp_path / "golden")
    written = quotes.section(tmp_path, resources)
    assert written.startswith("Not measured: there is no `DATA/")
    assert row(written, "it: own articles")[:2] == ["1", "1"]


def test_a_figure_must_be_right_in_span_kind_and_value(resources) -> None:
    """One of two annotated figures has another value than the text says."""
    line = {
        "language": "it",
        "text": "La tregua durerà 30 giorni e costerà 20 euro.",
        "figures": [
            {"text": "30 giorni", "kind": "duration", "value": 30.0},
            {"text": "20 euro", "kind": "money", "value": 21.0},
        ],
    }
    counts = figures.measure([line], resources)
    assert counts == {"it": {"sentences": 1, "gold": 2, "found": 2, "right": 1, "span": 2}}


def test_claims_are_ranked(resources, tmp_path) -> None:
    """A sentence with a figure is ranked before one without."""
    (tmp_path / "claims").mkdir()
    worthy, idle = "We're consuming 50 percent of the world's cocaine.", "Let me help the governor."
    (tmp_path / "claims" / "checkworthy.en.dev.tsv").write_text(
        f"Sentence_id\tText\tclass_label\n1\t{idle}\tNo\n2\t{worthy}\tYes\n", "utf-8"
    )
    for language in ("it", "en", "de"):
        (tmp_path / "claims" / f"subjectivity.{language}.dev_test.tsv").write_text(
            f"sentence_id\tsentence\tlabel\n1\t{idle}\tSUBJ\n2\t{worthy}\tOBJ\n", "utf-8"
        )
    assert row(claims.section(tmp_path, resources), "checkworthy.en.dev") == ["2", "0.500", "1.000", "1.000"]


def test_every_step_has_its_speed(resources, tmp_path) -> None:
    """Articles come from the annotated sentences too, the shares add up."""
    (tmp_path / "ner").mkdir()
    (tmp_path / "ner" / "it.dev.tsv").write_text("# source = made\nRoma\tB-LOC\ndorme\tO\n.\tO\n\n" * 30, "utf-8")
    text = speed.section(tmp_path, resources)
    assert "seeds alone" not in text
    shares = [float(row(text, step.name)[1]) for step in speed.STEPS]
    assert sum(shares) == pytest.approx(1, abs=0.01)
    assert row(text, "**all steps**")[1] == "1.000"


@pytest.mark.parametrize("section", [languages.section, claims.section])
def test_a_section_without_data_says_where_to_get_them(section, resources, tmp_path) -> None:
    """It does not fail."""
    text = section(tmp_path, resources)
    assert text.startswith("Not measured: there is no `DATA/")
    assert tmp_path.name not in text
    assert "github.com/" in text


def test_a_section_takes_its_place_on_the_page(tmp_path) -> None:
    """Sections that were not measured stay, the order is that of the list."""
    page = tmp_path / "quality.md"
    put(page, "claims", "first\n")
    put(page, "languages", "second\n")
    put(page, "claims", "third\n")
    text = page.read_text("utf-8")
    assert text.startswith("# Quality\n")
    assert text.endswith("## Languages\n\nsecond\n\n## Claims\n\nthird\n")
