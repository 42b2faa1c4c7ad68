"""Where a text names persons, organisations and places: rules over words, titles and lists, one mention at a time.

Each mention is judged by what it is made of and what stands before it. Which of them are one entity, and what a
surname alone refers to, is for `entities` to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.contract.enriched import EntityType
from services.enrich.nlp.entity_lexicon import EntityLexicon
from services.enrich.nlp.gazetteer import Gazetteer, Place
from services.enrich.nlp.inflection import phrases, stems
from services.enrich.nlp.tokens import Token

PER, ORG, LOC, MISC = EntityType.PER, EntityType.ORG, EntityType.LOC, EntityType.MISC

_LONGEST_PHRASE = 6
_LONGEST_NAME = 5
_LONGEST_ORGANISATION = 8
# A single word that is a town of this size is believed without a preposition; at the start of a sentence, of that.
_TOWN = 15_000
_CITY = 300_000
# How often such mentions were right, type and span, on news in seven languages; rounded.
_FULL_NAME = 0.88
_TERRITORY = 0.82
_LISTED = 0.8
_PLACE = 0.84
_TITLED = 0.75
_WORDED = 0.55
_BARE_PLACE = 0.5
_UNSURE = 0.45
_ACRONYM = 0.45
_GUESS = 0.3
_SPACES = frozenset({" ", "\u00a0"})
_AFTER_INITIAL = frozenset({". ", ".", ".\u00a0"})
_APOSTROPHES = frozenset("'’ʼ")
_ROMAN = frozenset("IVXLC")


@dataclass(slots=True)
class Found:
    """A mention: the words `first` to `last` (not included)."""

    first: int
    last: int
    type: EntityType
    confidence: float
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Finds the mentions in the words of one text."""

    tokens: Sequence[Token]
    language: str
    lexicon: EntityLexicon
    gazetteer: Gazetteer
    known: Mapping[str, EntityType]  # listed phrase → type

    def find(self) -> list[Found]:
        """Return the mentions in order; none overlaps another."""
        lower = {token.text for token in self.tokens if not token.is_capital}
        capital_inside = {token.text for token in self.tokens if token.is_capital and not token.opens}
        found: list[Found] = []
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            mention = None
            if token.is_capital:
                mention = (
                    self._listed(at, fewest=2) if self._is_ordinary(token, lower) else self._at(at, capital_inside)
                )
            if mention is None:
                at += 1
            else:
                found.append(mention)
                at = mention.last
        return found

    def _is_ordinary(self, token: Token, lower: set[str]) -> bool:
        """Whether the capital is the sentence's, not the word's."""
        word = token.text.casefold()
        if word in self.lexicon.words or word in self.gazetteer.calendar.get(self.language, ()):
            return not token.is_upper or token.shouted or len(word) == 1
        return word in lower and (token.opens or token.is_upper)

    def _at(self, at: int, capital_inside: set[str]) -> Found | None:
        token = self.tokens[at]
        if token.text.casefold() in self.lexicon.titles and not token.is_upper and self._continues(at + 1):
            return None  # "President Obama": the name begins after it
        listed = self._listed(at)
        organisation = self._organisation(at)
        if organisation and (listed is None or organisation.last > listed.last):
            return organisation
        if listed and (listed.type is not LOC or listed.last - at > 1):
            return listed
        return self._person(at, listed) or listed or self._unlisted(at, capital_inside)

    # ---- by list

    def _listed(self, at: int, *, fewest: int = 1) -> Found | None:
        """Return the longest known phrase that begins here."""
        longest = at + 1
        while longest < min(len(self.tokens), at + _LONGEST_PHRASE) and self._is_joined(longest):
            longest += 1
        for last in range(longest, at + fewest - 1, -1):
            found = self._known(at, last)
            # Only a listed name may end in a small letter: "Министерство обороны".
            if found is None and (
                last - at == 1 or self.tokens[last - 1].is_capital or self.tokens[last - 1].text.isdigit()
            ):
                found = self._place(at, last)
            if found:
                return found
        return None

    def _known(self, at: int, last: int) -> Found | None:
        parts = [stems(token.text, self.language) for token in self.tokens[at:last]]
        hit = next((self.known[phrase] for phrase in phrases(parts) if phrase in self.known), None)
        if hit is None:
            return None
        place = (
            self.gazetteer.place([token.text for token in self.tokens[at:last]], self.language) if hit is LOC else None
        )
        return Found(at, last, hit, _LISTED, place[0] if place else None)

    def _place(self, at: int, last: int) -> Found | None:
        words = [token.text for token in self.tokens[at:last]]
        token = self.tokens[at]
        if last - at == 1 and (len(words[0]) < 3 or (token.is_upper and not token.shouted and len(words[0]) < 4)):
            return None
        hit = self.gazetteer.place(words, self.language)
        if hit is None:
            return None
        place, is_territory = hit
        if is_territory or last - at > 1 or self._after_cue(at):
            return Found(at, last, LOC, _TERRITORY if is_territory else _PLACE, place)
        low = words[0].casefold()
        if token.opens and low not in self.gazetteer.places:
            return None  # inflected, and its capital means nothing: more often another word
        is_name = low in self.gazetteer.surnames or self.gazetteer.is_given_name(low, self.language)
        if place.population < (_CITY if token.opens or is_name or self.lexicon.nouns_have_capitals else _TOWN):
            return None
        return Found(at, last, LOC, _UNSURE if is_name else _BARE_PLACE, place)

    # ---- by what they are made of

    def _organisation(self, at: int) -> Found | None:
        """Return a run of capitals with an organisation's word in it: first ("Banca d'Italia") or later ("Supreme Court")."""
        last = self._run(at, self.lexicon.organisation_particles, _LONGEST_ORGANISATION)
        heads = [
            index for index in range(at, last) if self.tokens[index].is_capital and self._is_organisation_word(index)
        ]
        if not heads or self.tokens[at].shouted:
            return None
        if not self.lexicon.head_first and not all(token.is_capital for token in self.tokens[at : heads[0]]):
            return None  # "Sarah Whitmore of the World Bank" is two names
        if self.lexicon.head_first and heads[0] != at:
            # What stands before the head is another name, unless the head closes a short one ("Deutsche Bank").
            if heads[0] - at > 2 or any(not token.is_capital for token in self.tokens[at : heads[0]]):
                return None
            last = heads[-1] + 1
        if last - at == 1 and not self.tokens[at].text.endswith(self.lexicon.organisation_endings or ("\0",)):
            return (
                Found(at, last, ORG, _GUESS)
                if not self.tokens[at].opens and not self.lexicon.nouns_have_capitals
                else None
            )
        return Found(at, last, ORG, _WORDED)

    def _is_organisation_word(self, at: int) -> bool:
        word = self.tokens[at].text.casefold()
        if any(stem in self.lexicon.organisation_words for stem in stems(word, self.language)):
            return True
        return (
            bool(self.lexicon.organisation_endings)
            and len(word) > 7
            and word.endswith(self.lexicon.organisation_endings)
        )

    def _person(self, at: int, listed: Found | None) -> Found | None:
        token = self.tokens[at]
        titled, initial = self._titled(at), self._is_initial(at)
        given = self.gazetteer.is_given_name(token.text, self.language) and not (token.is_upper and len(token.text) < 4)
        if not (titled or given or initial):
            return None
        last = self._cut_at_place(at, self._run(at, self.lexicon.person_particles, _LONGEST_NAME))
        if self._after_article(at) and self._before_full_name(at, last) == at + 1:
            return None  # "viceministro degli Esteri Sergio Neri": the office is no given name
        if last - at == 1:
            return self._single_name(at, titled=titled, given=given and not initial, listed=listed)
        if given:
            return Found(at, last, PER, _FULL_NAME)
        is_known = self.tokens[last - 1].text.casefold() in self.gazetteer.surnames
        return Found(at, last, PER, _TITLED if titled or is_known else _WORDED)

    def _single_name(self, at: int, *, titled: bool, given: bool, listed: Found | None) -> Found | None:
        """Judge "Mattarella" or "Maria": after a title a person, else hardly more than a capital."""
        if titled:
            return None if listed and not given else Found(at, at + 1, PER, _TITLED)
        if not given or listed or self.tokens[at].opens or self.lexicon.nouns_have_capitals:
            return None
        return Found(at, at + 1, PER, _UNSURE)

    def _cut_at_place(self, at: int, last: int) -> int:
        """Return where a person's name ends: before a country, a city that is no surname, or a headline's next word."""
        for index in range(at + 1, last):
            word = self.tokens[index].text
            if self.tokens[index].shouted and (index > at + 1 or word.casefold() in self.lexicon.words):
                return index
            is_particle = not self.tokens[index].is_capital
            if (
                self.lexicon.nouns_have_capitals
                and is_particle
                and self.tokens[index - 1].is_capital
                and index > at + 1
            ):
                return index  # "Amira Haddad von der Universität", but "Ursula von der Leyen"
            if index < at + 2 or is_particle:
                continue
            hit = self.gazetteer.place([word], self.language)
            if hit and (hit[1] or (hit[0].population >= _CITY and word.casefold() not in self.gazetteer.surnames)):
                return index
        return last

    def _unlisted(self, at: int, capital_inside: set[str]) -> Found | None:
        """Judge what no list and no title helps with: acronyms, and runs of capitals inside a sentence."""
        token = self.tokens[at]
        if token.shouted or token.text[0].isdigit() or len(token.text) == 1:
            return None
        if token.text.casefold() in self.lexicon.others:
            return Found(at, at + 1, MISC, _WORDED)
        if token.is_upper and 2 <= len(token.text.replace(".", "")) <= 6 and not set(token.text) <= _ROMAN:
            return Found(at, at + 1, ORG, _ACRONYM)
        if self.lexicon.nouns_have_capitals:
            return None
        last = self._before_full_name(at, self._run(at, frozenset(), _LONGEST_NAME))
        if token.opens and token.text not in capital_inside and not (last - at > 1 and self._is_surname(last - 1)):
            return None
        return self._unknown_word(at) if last - at == 1 else self._unknown_run(at, last)

    def _unknown_run(self, at: int, last: int) -> Found:
        if self.tokens[at].text.casefold() in self.lexicon.place_words:
            return Found(at, last, LOC, _WORDED)
        if self._after_article(at):
            return Found(at, last, ORG, _GUESS)
        return Found(at, last, PER, _WORDED if self._is_surname(last - 1) else _UNSURE)

    def _unknown_word(self, at: int) -> Found | None:
        if self._after_cue(at):
            return Found(at, at + 1, LOC, _UNSURE)
        if self._is_surname(at) and not self._after_article(at):
            return Found(at, at + 1, PER, _UNSURE)
        return None

    def _is_surname(self, at: int) -> bool:
        word = self.tokens[at].text.casefold()
        if word in self.gazetteer.surnames:
            return True
        return len(word) > 5 and word.endswith(self.lexicon.surname_endings)

    def _before_full_name(self, at: int, last: int) -> int:
        """Return where a run of capitals ends because a person's name begins in it: "alle Infrastrutture Giulia Ferri"."""
        for index in range(at + 1, last - 1):
            if self.gazetteer.is_given_name(self.tokens[index].text, self.language):
                return index
        return last

    # ---- around a word

    def _run(self, at: int, particles: frozenset[str], longest: int) -> int:
        """Return the end of the run of capitals from `at`; particles count if a capital follows."""
        last = at + 1
        while last < len(self.tokens) and last - at < longest and self._is_joined(last):
            token = self.tokens[last]
            if token.is_capital and not token.opens:
                last += 1
                continue
            ahead = last
            while ahead < min(len(self.tokens), last + 3) and self.tokens[ahead].text.casefold() in particles:
                ahead += 1
                if ahead < len(self.tokens) and not self._is_joined(ahead):
                    break
            if (
                ahead == last
                or ahead >= len(self.tokens)
                or not self._is_joined(ahead)
                or not self.tokens[ahead].is_capital
            ):
                break
            last = ahead + 1
        return last

    def _is_joined(self, at: int) -> bool:
        """Whether nothing but a space, an apostrophe or an initial's stop stands between this word and the one before."""
        gap = self.tokens[at].gap
        if gap in _SPACES:
            return True
        if gap in _APOSTROPHES:
            # "l’Unione", "Sant’Anna"; not "Trump’s"
            return len(self.tokens[at].text) > 1
        return gap in _AFTER_INITIAL and self._is_initial(at - 1)

    def _continues(self, at: int) -> bool:
        return at < len(self.tokens) and self._is_joined(at) and self.tokens[at].is_capital

    def _is_initial(self, at: int) -> bool:
        token = self.tokens[at]
        is_short = len(token.text) == 1 or (
            len(token.text) <= 6 and token.text.endswith(".") and len(token.text) % 2 == 0
        )
        return (
            is_short
            and token.is_capital
            and at + 1 < len(self.tokens)
            and self.tokens[at + 1].gap in (*_AFTER_INITIAL, *_SPACES)
        )

    def _titled(self, at: int) -> bool:
        if at == 0 or not (self._is_joined(at) or self.tokens[at].gap in _AFTER_INITIAL):
            return False
        return any(stem in self.lexicon.titles for stem in stems(self.tokens[at - 1].text, self.language))

    def _after_cue(self, at: int) -> bool:
        return at > 0 and self._is_joined(at) and self.tokens[at - 1].text.casefold() in self.lexicon.place_cues

    def _after_article(self, at: int) -> bool:
        return at > 0 and self._is_joined(at) and self.tokens[at - 1].text.casefold() in self.lexicon.articles
