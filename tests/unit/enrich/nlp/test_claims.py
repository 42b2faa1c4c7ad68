"""Claims: which sentences, of what type, whose, and a score that a reader can add up."""

import math

import pytest

from services.contract.enriched import (
    Attribution,
    Entity,
    EntityType,
    Language,
    Mention,
    Quote,
    QuoteType,
    Span,
    Speaker,
)
from services.contract.identity import content_hash
from services.enrich.nlp import claims, figures
from services.enrich.nlp.document import Document, Skipped

SENTENCES = {
    "it": ("Nel 2024 il governo ha tagliato le tasse del 12 per cento.", "Secondo me è davvero una bella giornata!"),
    "en": ("The government cut taxes by 12 percent in 2024.", "I think you are really a wonderful person!"),
    "de": ("Die Regierung hat die Steuern 2024 um 12 Prozent gesenkt.", "Ich finde, das ist doch wirklich schön!"),
    "fr": ("En 2024, le gouvernement a baissé les impôts de 12 %.", "Je pense que vous êtes vraiment belle !"),
    "es": ("El gobierno bajó los impuestos un 12 % en 2024.", "Creo que usted es realmente un buen hombre!"),
    "pt": ("O governo baixou os impostos em 12% em 2024.", "Acho que você é realmente uma boa pessoa!"),
    "nl": ("De regering heeft de belastingen in 2024 met 12 procent verlaagd.", "Ik vind jou echt heel mooi vandaag!"),
    "pl": ("Rząd obniżył podatki o 12 procent w 2024 roku.", "Myślę, że to naprawdę wspaniały dzień dla was!"),
    "ru": ("Правительство снизило налоги на 12 процентов в 2024 году.", "Думаю, вы просто прекрасный человек!"),
    "uk": ("Уряд знизив податки на 12 відсотків у 2024 році.", "Думаю, ви справді чудова людина!"),
}


def make_document(*texts, language="en", **fields):
    """Return a document of these sentences."""
    text = " ".join(texts)
    spans, start = [], 0
    for sentence in texts:
        spans.append(Span(start=start, end=start + len(sentence)))
        start += len(sentence) + 1
    return Document(
        text=text,
        language=Language(tag=language, confidence=1.0),
        sentences=tuple(spans),
        outlet="The Example",
        **fields,
    )


def with_figures(document, resources):
    """Return the document with its figures found."""
    return document.with_field("figures", figures.find(document, resources))


def make_quote(start, end, text, name):
    """Return a quote at this place, by somebody of this name or by nobody known."""
    speaker = name and Speaker(name=name, text=name, start=0, end=1, confidence=1.0)
    return Quote(
        id="q1",
        type=QuoteType.DIRECT,
        text=text,
        spans=(Span(start=start, end=end),),
        speaker=speaker,
        attribution=Attribution.EXPLICIT if name else Attribution.NONE,
        confidence=1.0,
    )


@pytest.mark.parametrize("language", SENTENCES)
def test_a_fact_is_a_claim_and_an_opinion_is_not(resources, language):
    """In every language: a sentence with a figure and a deed is kept, an exclamation of taste is not."""
    fact, opinion = SENTENCES[language]
    (claim,) = claims.find(with_figures(make_document(fact, opinion, language=language), resources), resources)
    assert claim.text == fact
    assert "quantity" in claim.types


def test_the_reasons_add_up_to_the_score(resources):
    """The logistic function of the reasons' sum is the score, the bias being one of them."""
    (claim,) = claims.find(with_figures(make_document(SENTENCES["en"][0]), resources), resources)
    total = sum(reason.weight for reason in claim.reasons)
    assert claim.check_worthiness == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-4)
    assert claim.reasons[0].name == "bias"
    assert {"percent", "policy"} <= {reason.name for reason in claim.reasons}


def test_a_claim_names_what_lies_in_its_sentence(resources):
    """Figures and entities of other sentences are not its own."""
    document = make_document("Nobody was there but the cat and me.", "Anna Berger cut taxes by 12 percent in 2024.")
    start = document.text.index("Anna")
    mention = Mention(start=start, end=start + 11, text="Anna Berger", confidence=1.0)
    entity = Entity(id="e7", type=EntityType.PER, name="Anna Berger", salience=1.0, mentions=(mention,))
    document = with_figures(document.with_field("entities", (entity,)), resources)
    claim = claims.find(document, resources)[-1]
    assert claim.entity_ids == ("e7",)
    assert claim.figure_ids == tuple(figure.id for figure in document.figures)
    assert document.text[claim.start : claim.end] == claim.text
    assert claim.claim_hash == content_hash(claim.text.upper())


@pytest.mark.parametrize(("name", "claimant"), [("Anna Berger", "Anna Berger"), (None, None)])
def test_the_claimant_of_a_quoted_sentence_is_its_speaker(resources, name, claimant):
    """A quoted sentence is its speaker's; nobody's, rather than the outlet's, if the speaker is unknown."""
    document = with_figures(make_document(SENTENCES["en"][0]), resources)
    document = document.with_field("quotes", (make_quote(0, len(document.text), document.text, name),))
    (claim,) = claims.find(document, resources)
    assert (claim.claimant, claim.quote_id) == (claimant, "q1")


def test_the_claimant_of_other_sentences_is_the_outlet(resources):
    """What is not quoted is claimed by whoever publishes it."""
    (claim,) = claims.find(with_figures(make_document(SENTENCES["en"][0]), resources), resources)
    assert (claim.claimant, claim.quote_id) == ("The Example", None)


def test_claims_need_no_other_step(resources):
    """With figures, entities and quotes missing the words alone are judged."""
    document = make_document("According to a study, crime rose because the government cut spending in London.")
    (claim,) = claims.find(document, resources)
    assert {"causal", "policy"} <= set(claim.types)
    assert claim.id == "c1"


def test_a_language_without_cues_is_skipped(resources):
    """Nothing is claimed in a language whose cues are not known."""
    assert isinstance(claims.find(make_document("Priset steg 3,5 %.", language="sv"), resources), Skipped)
    assert isinstance(claims.find(make_document("3,5 %", language="und"), resources), Skipped)
