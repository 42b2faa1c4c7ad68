"""How what finds the names is trained, and how it is measured."""

import json
import math
import random
import shutil
from pathlib import Path

import pytest

from services.contract.enriched import Language, Span
from services.enrich.nlp.document import Document
from services.enrich.nlp.entities.tagging import CrfTagger
from services.enrich.resources import lexicon_tables, read_gazetteer, read_lexicons
from services.enrich.taggers import MODELS, Tables, built_in
from training.entities.__main__ import allowed_sources, main
from training.entities.corpus import labels, read, running, words
from training.entities.evaluate import Grouping
from training.entities.marked import read_marked
from training.entities.measure import calibrate, measure
from training.entities.scores import Counts
from training.entities.setting import Setting
from training.entities.tables import write_name_tables
from training.entities.train import train


def _write(path: Path, *rows: str, source: str = "kind-wikinews") -> None:
    sentences = ["\n".join(word.replace("/", "\t") for word in row.split()) for row in rows]
    path.write_text("".join(f"# source = {source}\n{sentence}\n\n" for sentence in sentences), "utf-8")


def test_tokens_become_running_text_with_the_names_in_their_places():
    """Punctuation joins, apostrophes join, other kinds are dropped."""
    text, names = running(
        [
            [("L'", "O"), ("Italia", "B-LOC"), (",", "O"), ("Giulia", "B-PER"), ("Ferri", "I-PER"), ("!", "O")],
            [("Euro", "B-MISC"), ("2000", "I-MISC")],
        ]
    )
    assert text == "L'Italia, Giulia Ferri!\nEuro 2000"
    assert names == {(2, 8, "LOC"), (10, 22, "PER")}


def test_words_get_the_labels_of_the_names_they_lie_in(tmp_path, resources):
    """Two names side by side both begin."""
    _write(tmp_path / "it.dev.tsv", "Roma/B-LOC Giulia/B-PER Ferri/I-PER parla/O ./O")
    (article,) = read(tmp_path / "it.dev.tsv", language="it")["kind-wikinews"]
    assert labels(words(article, resources), article.names) == ["B-LOC", "B-PER", "I-PER", "O"]


def test_a_model_learns_what_it_is_shown(tmp_path):
    """Names that no list has, told by the words before them; measured on others of the kind."""
    rng = random.Random(7)  # noqa: S311 - invented names
    made = ["".join(rng.choice("bdglmnrstvz") + rng.choice("aeiou") for _ in range(3)).title() for _ in range(120)]
    frames = ("il sindaco/O {}/B-PER parla/O", "la ditta/O {}/B-ORG chiude/O", "nella città/O di/O {}/B-LOC piove/O")
    rows = [frames[number % 3].format(name).replace("il ", "il/O ").replace("la d", "la/O d").replace("nella ", "nella/O ")
            for number, name in enumerate(made)]  # fmt: skip
    _write(tmp_path / "it.train.tsv", *rows[:90])
    _write(tmp_path / "it.dev.tsv", *rows[90:])
    trained = train("it", Setting.read(tmp_path, MODELS), tmp_path, allowed=frozenset({"kind-wikinews"}))
    assert trained
    assert trained.card["held_out"]["kind-wikinews"]["f1"] > 0.9
    assert trained.card["sources"] == {"kind-wikinews": {"articles": 5, "licence": "CC BY-NC 4.0"}}


def test_a_language_without_an_allowed_source_is_not_trained(tmp_path):
    """The permissive variant has gaps, not exceptions."""
    _write(tmp_path / "it.train.tsv", "Roma/B-LOC")
    assert train("it", Setting.read(tmp_path, MODELS), tmp_path, allowed=frozenset()) is None


def test_counts_ask_for_the_exact_span_and_kind():
    """A name that is one word too long is wrong twice: found and missed."""
    counts = Counts()
    counts.add([(0, 4, "LOC"), (5, 9, "PER")], [(0, 4, "LOC"), (5, 12, "PER")])
    assert counts.as_dict() == {"names": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "PER": 0.0, "LOC": 1.0}


def test_calibration_finds_the_curve_that_made_the_outcomes():
    """Overconfident probabilities are pulled towards what came true."""
    rng = random.Random(3)  # noqa: S311 - invented outcomes
    outcomes = []
    for _ in range(4_000):
        chance = rng.uniform(0.02, 0.98)
        true = 1 / (1 + math.exp(-(0.5 * math.log(chance / (1 - chance)) + 0.3)))
        outcomes.append((chance, rng.random() < true))
    slope, intercept = calibrate(outcomes)
    assert slope == pytest.approx(0.5, abs=0.08)
    assert intercept == pytest.approx(0.3, abs=0.1)


def test_grouping_is_measured_by_mention():
    """Two entities thrown together are impure; one that is torn apart is incomplete."""
    truth = {(0, 1, "PER"): "a", (2, 3, "PER"): "a", (4, 5, "PER"): "b", (6, 7, "PER"): "b"}
    together, apart = Grouping(), Grouping()
    together.add(dict.fromkeys(truth, "x"), truth)
    apart.add({span: str(span) for span in truth}, truth)
    assert together.scores()[:2] == (0.5, 1.0)
    assert apart.scores()[:2] == (1.0, 0.5)


def test_a_mark_that_is_none_is_refused(tmp_path):
    """A slip of the pen would be a name that is never found."""
    (tmp_path / "it.txt").write_text("# note\nIl [Tevere|RIVER=tevere] sale.\n", "utf-8")
    with pytest.raises(ValueError, match="a mark that is not"):
        list(read_marked(tmp_path))


def test_the_shipped_models_are_calibrated_as_their_card_says(resources):
    """Each has a curve of its own, and a greater probability never means less."""
    card = json.loads((MODELS / "card.json").read_text("utf-8"))
    assert isinstance(resources.tagger, CrfTagger)
    for language, model in resources.tagger._models.items():
        assert {"slope": model.confidence.slope, "intercept": model.confidence.intercept} == card["models"][language][
            "calibration"
        ]
        values = [model.confidence(chance) for chance in (0.0, 0.1, 0.5, 0.9, 1.0)]
        assert values == sorted(values)
        assert 0 < values[0] < values[-1] < 1


def test_the_command_trains_one_language_and_leaves_the_others(tmp_path, capsys):
    """With the tables that are there; the card and its page are brought up to date, and can be loaded."""
    data, folder = tmp_path / "data", tmp_path / "models"
    data.mkdir()
    folder.mkdir()
    for table in MODELS.glob("*s.marisa"):
        shutil.copy(table, folder)
    (folder / "card.json").write_text('{"models": {}}', "utf-8")
    _write(data / "it.train.tsv", *["La/O sindaca/O Giulia/B-PER Ferri/I-PER vive/O a/O Bari/B-LOC ./O"] * 30)
    _write(data / "it.dev.tsv", *["Il/O sindaco/O Carlo/B-PER Neri/I-PER vive/O a/O Roma/B-LOC ./O"] * 3)
    main([str(data), "--languages", "it", "und", "--folder", str(folder), "--processes", "1"])
    assert "it: " in capsys.readouterr().out
    card = json.loads((folder / "card.json").read_text("utf-8"))
    assert set(card["models"]) == {"it", "und"}
    assert "kind-wikinews (CC BY-NC 4.0)" in (folder / "README.md").read_text("utf-8")
    names = lexicon_tables("entities")
    tagger = built_in(*read_lexicons(names), read_gazetteer(names), folder=folder)
    document = Document(
        text="Il sindaco Marco Bianchi vive a Pisa.",
        language=Language(tag="it", confidence=1.0),
        sentences=(Span(start=0, end=37),),
    )
    found = tagger(document)
    assert [(name.start, name.end, str(name.type)) for name in found] == [(11, 24, "PER"), (32, 36, "LOC")]


def test_the_permissive_variant_needs_a_folder_of_its_own(tmp_path, capsys):
    """It must not replace what ships."""
    _write(tmp_path / "it.train.tsv", "Roma/B-LOC")
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--permissive"])
    assert "needs a --folder" in capsys.readouterr().err


def test_no_data_is_said(tmp_path):
    """And where to read on."""
    with pytest.raises(SystemExit, match=r"has no <language>.train.tsv; see training/README.md"):
        main([str(tmp_path)])


def test_permissive_sources_are_those_with_such_a_licence():
    """Nothing for research or non-commercial use."""
    assert {"germeval", "uner-ewt", "wikiann"} <= allowed_sources(permissive=True)
    assert not {"conll03", "wikineural", "nkjp", "kind-wikinews"} & allowed_sources(permissive=True)


def test_names_are_counted_where_nothing_is_learnt_from_them(tmp_path):
    """Words and whole names of silver corpora; German learns from WikiNEuRal, so that is not counted in German."""
    _write(tmp_path / "it.train.tsv", *["Vive/O a/O Roma/B-LOC Nord/I-LOC ./O"] * 3, source="wikineural")
    _write(tmp_path / "de.train.tsv", *["Lebt/O in/O Bonn/B-LOC ./O"] * 3, source="wikineural")
    write_name_tables(tmp_path, tmp_path, sources={"wikineural"})
    shutil.copy(MODELS / "clusters.marisa", tmp_path)
    tables = Tables(tmp_path)
    assert tables.name_counts.get("Roma") == [(0, 0, 3, 0)]
    assert tables.name_types.get("Roma Nord") == [(2,)]
    assert not tables.name_counts.get("Bonn")


def test_measuring_counts_every_source(tmp_path, resources):
    """The language is given, the text is cut into sentences and words by our rules."""
    _write(tmp_path / "it.dev.tsv", "A/O Milano/B-LOC parla/O il/O ministro/O Carlo/B-PER Bianchi/I-PER ./O")
    counts, outcomes = measure(resources.tagger, read(tmp_path / "it.dev.tsv", language="it"), resources)
    assert counts["kind-wikinews"].f1() == 1.0
    assert all(right and confidence > 0.5 for confidence, right in outcomes)
