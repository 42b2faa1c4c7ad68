"""The seeds as a whole: every step works on every one, and what was written down by hand is mostly found."""

from collections import Counter
from pathlib import Path

import orjson
import pytest
from support.make import make_record

from services.contract.article import Action
from services.contract.codec import decode
from services.contract.enriched import EnrichedArticleV1, StepStatus
from services.contract.topics import MAX_REQUEST_BYTES
from services.enrich.handle import handle
from services.enrich.resources import Resources
from services.local.submissions import Submission, load
from training.quotes.scores import content, f1, matches

ROOT = Path(__file__).parents[3]
EXPECTED = [
    orjson.loads(line) for line in (ROOT / "tests" / "golden" / "seeds_expected.jsonl").read_bytes().splitlines()
]


@pytest.fixture(scope="module")
def events(resources: Resources) -> dict[str, EnrichedArticleV1]:
    """Return every seed, enriched, by its file's name."""
    enriched = {}
    for number, seed in enumerate(load(ROOT / "seeds")):
        if isinstance(seed, Submission):
            record = make_record(orjson.dumps(seed.article), offset=number)
            value = handle(record, resources).records[0].value
            enriched[Path(seed.origin).name] = decode(value, EnrichedArticleV1, max_bytes=MAX_REQUEST_BYTES)
    return enriched


def test_no_step_fails_on_any_seed(events: dict[str, EnrichedArticleV1]) -> None:
    """There are at least fourteen seeds, and all but the retraction have reports on all steps."""
    assert len(events) >= 14
    for name, event in events.items():
        if event.action is not Action.RETRACT:
            assert event.enrichment, name
        assert [report.step for report in event.enrichment if report.status is StepStatus.ERROR] == [], name


def test_the_language_of_every_seed_is_right(events: dict[str, EnrichedArticleV1]) -> None:
    """The bilingual one has its second language among the alternatives."""
    for line in EXPECTED:
        language = events[line["file"]].language
        if line["language"] == "mul":
            assert {language.tag, *(guess.tag for guess in language.alternatives)} >= {"it", "de"}
        else:
            assert language.tag == line["language"], line["file"]


def test_the_article_without_quotations_has_none(events: dict[str, EnrichedArticleV1]) -> None:
    """Nothing is invented."""
    assert events["13-meteo-appennino-senza-citazioni.json"].quotes == ()


def test_a_wire_copy_has_the_signature_of_its_original(events: dict[str, EnrichedArticleV1]) -> None:
    """Another outlet, another address, the same text."""
    one, other = events["04-wire-baltic-ferry.json"], events["05-wire-baltic-ferry-copy.json"]
    assert one.article_id != other.article_id
    assert (one.dedup.content_hash, one.dedup.signature) == (other.dedup.content_hash, other.dedup.signature)


def test_the_correction_and_the_retraction_hit_their_originals(events: dict[str, EnrichedArticleV1]) -> None:
    """By the producer's own id."""
    assert (
        events["20-ancona-banchina-correzione.json"].article_id == events["02-ancona-banchina-marche.json"].article_id
    )
    assert events["21-monterrey-retractacion.json"].article_id == events["19-monterrey-tranvia-mx.json"].article_id


def test_quotations_and_speakers_are_mostly_found(events: dict[str, EnrichedArticleV1]) -> None:
    """Content F1 at least .75 over all languages, the speaker right in at least seven of ten."""
    counts: Counter[str] = Counter()
    for line in EXPECTED:
        event = events[line["file"]]
        gold = list(gold_quotes(event.body.text, line["quotes"]))
        pairs = matches(
            event.body.text, [quote["content"] for quote in gold], [content(quote) for quote in event.quotes]
        )
        counts.update(gold=len(gold), found=len(event.quotes), matched=len(pairs))
        counts["speaker"] += sum(
            same_person(gold[i]["speaker"], event.quotes[j].speaker and event.quotes[j].speaker.name) for i, j in pairs
        )
    assert f1(counts["matched"], counts["found"], counts["gold"]) >= 0.75
    assert counts["speaker"] / counts["matched"] >= 0.7


def gold_quotes(text: str, quotes):
    """Yield the quotations written down, where they stand in the text."""
    position = 0
    for quote in quotes:
        start = text.find(quote["text"], position)
        if start >= 0:
            position = start
            yield {"content": [[start, start + len(quote["text"])]], "speaker": quote["speaker"]}


def same_person(expected: str | None, found: str | None) -> bool:
    """Whether both are nobody, or share a name."""
    if expected is None or found is None:
        return expected is found
    return bool(set(expected.casefold().split()) & set(found.casefold().split()))


def test_entities_are_mostly_found(events: dict[str, EnrichedArticleV1]) -> None:
    """Two of three of those written down, by one of their surface forms."""
    expected = found = 0
    for line in EXPECTED:
        names = {mention.text for entity in events[line["file"]].entities for mention in entity.mentions}
        names |= {entity.name for entity in events[line["file"]].entities}
        expected += len(line["entities"])
        found += sum(entity["name"] in names for entity in line["entities"])
    assert found / expected >= 0.66


def test_figures_are_mostly_found(events: dict[str, EnrichedArticleV1]) -> None:
    """Seven of ten of those written down, with exactly their span and kind."""
    expected = found = 0
    for line in EXPECTED:
        figures = Counter((figure.text, figure.kind.value) for figure in events[line["file"]].figures)
        expected += len(line["figures"])
        for figure in line["figures"]:
            if figures[(figure["text"], figure["kind"])]:
                figures[(figure["text"], figure["kind"])] -= 1
                found += 1
    assert found / expected >= 0.7
