"""Which language a text is said to be in, and when none is."""

import pytest

from services.enrich.nlp.document import Document
from services.enrich.nlp.language import identify

_SENTENCES = {
    "it": "Il consiglio comunale ha votato lunedì sera la chiusura del ponte per i lavori di manutenzione.",
    "en": "The city council voted on Monday evening to close the bridge for repairs until the spring.",
    "de": "Der Stadtrat hat am Montagabend beschlossen, die Brücke bis zum Frühjahr zu sperren.",
    "fr": "Le conseil municipal a voté lundi soir la fermeture du pont pour des travaux jusqu’au printemps.",
    "es": "El ayuntamiento votó el lunes por la noche cerrar el puente por obras hasta la primavera.",
    "pt": "A câmara municipal votou na segunda-feira à noite o encerramento da ponte até à primavera.",
    "nl": "De gemeenteraad heeft maandagavond besloten de brug tot het voorjaar af te sluiten voor herstel.",
    "pl": "Rada miasta zdecydowała w poniedziałek wieczorem o zamknięciu mostu do wiosny z powodu remontu.",
    "ru": "Городской совет в понедельник вечером решил закрыть мост на ремонт до весны.",
    "uk": "Міська рада в понеділок увечері вирішила закрити міст на ремонт до весни.",
    "sv": "Kommunfullmäktige beslutade på måndagskvällen att stänga bron för reparation fram till våren.",
    "ar": "قرر مجلس المدينة مساء الاثنين إغلاق الجسر للإصلاح حتى الربيع.",
    "ja": "市議会は月曜日の夜、春まで橋を閉鎖することを決めた。",
}


@pytest.mark.parametrize("tag", _SENTENCES)
def test_a_news_sentence_is_recognised(tag, resources):
    """One sentence of news is enough, in the ten languages and others."""
    assert identify(Document(text=_SENTENCES[tag]), resources).tag == tag


@pytest.mark.parametrize(
    "text",
    ["", "   ", "12 345 678, 2024", "Parlamento", "xkqj wpfz lmnb qrtv zzxc vbnm", "asdf jkl qwer uiop zxcv", "!?…"],
)
def test_what_is_no_language_is_undetermined(text, resources):
    """Nothing, numbers, one word and random letters are `und`."""
    assert identify(Document(text=text), resources).tag == "und"


def test_a_text_in_two_languages_names_both(resources):
    """The chief language is given with a low confidence, the other as an alternative."""
    text = "\n\n".join([_SENTENCES["it"] * 3, _SENTENCES["de"] * 2, _SENTENCES["it"], _SENTENCES["de"]])
    language = identify(Document(text=text), resources)
    assert {language.tag, language.alternatives[0].tag} == {"it", "de"}
    assert language.confidence < 0.8


def test_the_declared_language_is_carried_and_not_believed(resources):
    """A wrong declaration changes nothing but `declared`."""
    language = identify(Document(text=_SENTENCES["it"], declared_language="en-GB"), resources)
    assert (language.tag, language.declared) == ("it", "en-GB")


@pytest.mark.parametrize(
    ("tag", "script"), [("it", "Latn"), ("ru", "Cyrl"), ("ar", "Arab"), ("ja", "Jpan")], ids=lambda value: value
)
def test_the_script_is_that_of_most_letters(tag, script, resources):
    """ISO 15924, whatever names in other scripts stand in between."""
    assert identify(Document(text=_SENTENCES[tag] + " NATO"), resources).script == script


def test_serbian_in_latin_letters_says_so(resources):
    """A script that is not the language's usual one is part of the tag; its kin are not taken for certain."""
    text = "Градско веће је у понедељак увече одлучило да затвори мост због радова до пролећа."
    assert identify(Document(text=text), resources).tag == "sr"


def test_an_article_in_two_languages_is_not_sure_of_one(resources):
    """The beginning, the middle and the end are looked at first; where they differ, everything is."""
    italian = "Il consiglio comunale ha approvato ieri sera il bilancio della città con i voti della maggioranza. " * 8
    german = "Der Stadtrat hat gestern Abend den Haushalt der Stadt mit den Stimmen der Mehrheit beschlossen. " * 8
    found = identify(Document(text=f"{italian}\n\n{italian}\n\n{german}\n\n{german}\n\n{italian}"), resources)
    assert found.tag == "it"
    assert found.confidence < 0.9
    assert [guess.tag for guess in found.alternatives] == ["de"]
