"""What finds the names: the models that are shipped, and those of other packages."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.contract.enriched import EntityType, Language, StepStatus
from services.enrich.nlp.document import Document
from services.enrich.nlp.entities.tagging import Tagged
from services.enrich.resources import Resources
from services.enrich.settings import EnrichSettings
from services.enrich.steps import run_steps
from services.enrich.taggers import MODELS, PluggedTagger

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "plug-in-a-tagger.md"
PIPELINE = """
import random, sys, spacy
from spacy.training import Example
pipeline = spacy.blank("it")
pipeline.add_pipe("ner")
frames = ("Ieri il collega {} ha parlato.", "Oggi il collega {} tace.", "Non c'è il collega {} oggi.")
names = ("zorblax", "quintar", "vemblor", "trazzik")
examples = []
for frame in frames:
    for name in names:
        text = frame.format(name)
        start = text.index(name)
        entities = {"entities": [(start, start + len(name), "PER")]}
        examples.append(Example.from_dict(pipeline.make_doc(text), entities))
spacy.util.fix_random_seed(1)
pipeline.initialize(lambda: examples)
for _ in range(25):
    random.shuffle(examples)
    pipeline.update(examples)
pipeline.to_disk(sys.argv[1])
"""


def test_all_models_fit_into_forty_megabytes():
    """So much may be in the repository."""
    assert sum(file.stat().st_size for file in MODELS.iterdir()) < 40_000_000


def test_every_model_is_in_the_card_and_has_its_file():
    """The card is what is loaded, and what says under which terms."""
    card = json.loads((MODELS / "card.json").read_text("utf-8"))
    assert set(card["models"]) == {"it", "en", "de", "fr", "es", "pt", "nl", "pl", "ru", "uk", "und"}
    for language, model in card["models"].items():
        for name in (f"{language}.marisa", f"{language}.npz"):
            assert (MODELS / name).stat().st_size == card["bytes"][name]
        assert all(entry["licence"] for entry in model["sources"].values())


def test_a_tagger_of_another_package_is_used(tmp_path):
    """The package of the how-to page, with a spaCy pipeline trained on a handful of sentences."""
    code, entry_point = re.findall(r"```(?:python|toml)\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    (tmp_path / "claimwire_spacy.py").write_text(code, "utf-8")
    info = tmp_path / "claimwire_spacy-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: claimwire-spacy\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(
        entry_point.replace('[project.entry-points."claimwire.taggers"]', "[claimwire.taggers]").replace('"', ""),
        "utf-8",
    )
    pipeline = tmp_path / "pipeline"
    subprocess.run([sys.executable, "-c", PIPELINE, str(pipeline)], check=True, timeout=100)
    articles = [
        {"body": "Ieri a Milano il collega zorblax ha parlato di nuovo con i giornalisti.", "language": "it"},
        {"body": "Yesterday the minister Sarah Whitmore met reporters in Geneva again.", "language": "en"},
    ]
    out = subprocess.run(
        [Path(sys.executable).parent / "claimwire", "annotate"],
        input="".join(json.dumps(article) + "\n" for article in articles),
        env=os.environ
        | {"PYTHONPATH": str(tmp_path), "SPACY_PIPELINE": str(pipeline), "CLAIMWIRE_ENRICH_TAGGER": "spacy"},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    italian, english = (json.loads(line) for line in out.stdout.splitlines())
    assert [(entity["name"], entity["type"]) for entity in italian["entities"]] == [("zorblax", "PER")]
    assert {"Sarah Whitmore", "Geneva"} <= {entity["name"] for entity in english["entities"]}


def test_a_tagger_that_nobody_offers_is_refused(monkeypatch):
    """The message names those that there are."""
    monkeypatch.setenv("CLAIMWIRE_ENRICH_TAGGER", "nope")
    with pytest.raises(ValueError, match=r"no installed package offers a tagger 'nope'; there are: crf"):
        EnrichSettings()


@pytest.mark.parametrize(
    "names", [((0, 99, 0.9),), ((0, 4, 0.9), (3, 6, 0.9)), ((4, 4, 0.9),), ((0, 4, 1.7),), ((0, 4, float("nan")),)]
)
def test_names_that_cannot_be_are_an_error_of_the_step(names, resources):
    """The article flows without entities; the event says why."""
    bad = PluggedTagger(
        lambda _: (Tagged(start, end, EntityType.PER, confidence) for start, end, confidence in names), resources.tagger
    )
    document = Document(text="Roma è qui.", language=Language(tag="it", confidence=1.0))
    fields = {name: getattr(resources, name) for name in Resources.__dataclass_fields__} | {"tagger": bad}
    filled, reports, _ = run_steps(document, Resources(**fields))
    (report,) = [report for report in reports if report.step == "entities"]
    assert (report.status, report.reason) == (StepStatus.ERROR, "ValueError")
    assert filled.entities == ()
