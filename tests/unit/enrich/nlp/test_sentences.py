"""Where sentences end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.enriched import Language
from services.enrich.nlp.document import Document
from services.enrich.nlp.sentences import SentenceLexicon, split
from services.enrich.resources import Resources


def _split(text: str, language: str, resources: Resources) -> list[str]:
    document = Document(text=text, language=Language(tag=language, confidence=1.0))
    return [text[span.start : span.end] for span in split(document, resources)]


# One line a case: sentences are separated by " | ".
_CASES = {
    "it": [
        "Il fronte è lungo 1.000 km. | Poi tace.",
        "Cita, ad es. ieri, il dott. Rossi. | Basta.",
        "Le “soluzioni vantaggiose “, e poi “di lungo periodo ”. | Fine.",
        "«Perché?» ha chiesto il sindaco. | Nessuno risponde.",
        "Tutto è finito.| Dopo si vedrà.",
    ],
    "en": [
        "The U.S. Senate met. | He lives in the U.S. | The end.",
        "J. K. Rowling left at 5 p.m. and Mr. Smith paid $3.5 million. | See no. 5.",
        "He said no. | They left… and came back. | “Really?!” | Yes.",
    ],
    "de": [
        "Am 12. März kam z. B. der 3. Zug. | „Gut.“ | Dr. Meier sagte: „Nein!“ und ging.",
        "Das war 2024. | Dann kam d. h. die Wende.",
    ],
    "fr": ["M. Dupont et Mme Leroy sont là. | « Oui ! » dit-il. | Fin."],
    "es": ["El Sr. Pérez llegó. | ¿Quién es? | ¡Nadie!"],
    "pt": ["O Dr. Silva chegou às 5. | Ninguém falou."],
    "nl": ["Dhr. Jansen kwam o.a. met drs. De Vries. | Daarna ging hij."],
    "pl": ["Mówił m.in. prof. Nowak itd. | Potem wyszedł. | Był 5. maja."],
    "ru": ["А. С. Пушкин жил на ул. Мойка. | «Да!» — сказал он. | Это я. | Всё."],
    "uk": ["Т. Г. Шевченко народився в с. Моринці. | Це так. | Кінець."],
    "ja": ["首相は述べた。| 次の文。"],
    "ar": ["قال الرئيس. | هل هذا صحيح؟ | نعم."],
    "hi": ["यह सच है। | हाँ।"],
}


@pytest.mark.parametrize(
    ("language", "case"), [(language, case) for language, cases in _CASES.items() for case in cases]
)
def test_sentences_end_where_a_reader_ends_them(language, case, resources):
    """Abbreviations, initials, numbers, quotes, missing and stray spaces, other scripts' stops."""
    sentences = [part.strip() for part in case.split("|")]
    text = case.replace(" | ", " ").replace("| ", "").replace("|", "")
    assert _split(text, language, resources) == sentences


def test_a_paragraph_ends_a_sentence(resources):
    """A heading without a stop does not run into the text."""
    assert _split("A heading\n\nThe text. More", "en", resources) == ["A heading", "The text.", "More"]


@given(st.text(alphabet=st.sampled_from(" \n.!?…“”\"'abAB1«»。\u00a0-"), max_size=120))
def test_spans_are_trimmed_ordered_and_cover_every_letter(text):
    """Nothing is lost, nothing overlaps, no span begins or ends with a space."""

    class Needs:
        sentences = {"und": SentenceLexicon(abbreviations=frozenset({"ab"}))}  # noqa: RUF012 - never changed

    spans = split(Document(text=text), Needs())
    end = 0
    for span in spans:
        assert end <= span.start < span.end
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        assert not any(map(str.isalnum, text[end : span.start]))
        end = span.end
    assert not any(map(str.isalnum, text[end:]))
