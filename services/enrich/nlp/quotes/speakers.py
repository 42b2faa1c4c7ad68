"""Who a speaker is: finds the words that name one beside a cue, and resolves them to a name that the article gives."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from services.contract.enriched import EntityType
from services.enrich.nlp.document import Document
from services.enrich.nlp.quotes.draft import Draft, Source
from services.enrich.nlp.quotes.lexicon import QuoteLexicon
from services.enrich.nlp.quotes.offices import BOUNDARY, WORD, Offices, same_office

# A name that the entity step did not find: capitalised words, particles between them.
# Only at the beginning of a word and of bounded length: else a long run of letters costs its length squared.
_NAME = re.compile(
    r"(?<![\w’'-])[^\W\d_a-zà-öø-ÿа-яєіїґё][\w’'-]{1,40}"
    r"(?:\s(?:(?:de|del|della|di|da|do|dos|van|von|der|den|la|le|el|bin|al)\s){0,2}[^\W\d_a-zà-öø-ÿа-яєіїґё][\w’'.-]{1,40})+"
)
# Words between a name and the verb beyond which the name is no longer its subject.
_MOST_BETWEEN = 12
_LONGEST_ARTICLE = 3
_SPEAKING = (EntityType.PER, EntityType.ORG, EntityType.LOC)
# The order in which kinds of entities are believed to speak, and how often they were right on development data.
_TRUST = {EntityType.PER: 0.9, EntityType.ORG: 0.8, EntityType.LOC: 0.55}
# Quotations carry a speaker over so many characters at most.
_CARRIED_OVER = 900
# A pronoun stands for somebody named so many characters before at most, if nobody has spoken yet.
_NAMED_BEFORE = 400


class _Mention:
    __slots__ = ("end", "entity_id", "name", "start", "type")

    def __init__(self, start: int, end: int, type: EntityType, name: str, entity_id: str | None) -> None:
        self.start, self.end, self.type, self.name, self.entity_id = start, end, type, name, entity_id


class Speakers:
    """The possible speakers of one document."""

    def __init__(self, document: Document, words: QuoteLexicon, genders: Mapping[str, str]) -> None:
        self._genders = genders
        self._text = document.text
        self._words = words
        self._offices = Offices(document.text, words)
        known = [
            _Mention(mention.start, mention.end, entity.type, entity.name, entity.id)
            for entity in document.entities
            if entity.type in _SPEAKING
            for mention in entity.mentions
        ]
        taken = {position for mention in known for position in range(mention.start, mention.end)}
        other = [
            _Mention(start, end, EntityType.PER, self._text[start:end], None)
            for start, end in self._capitalised()
            if not taken.intersection(range(start, end))
        ]
        self._mentions = sorted([*known, *other], key=lambda mention: mention.start)
        self._starts = [mention.start for mention in self._mentions]
        # By surname; the first who has it keeps it.
        self._full_names: dict[str, str] = {}
        for mention in self._mentions:
            if mention.type is EntityType.PER and " " in mention.name:
                self._full_names.setdefault(mention.name.rpartition(" ")[2], mention.name)
        self._roles = self._roles_of_names()

    def _capitalised(self) -> Iterable[tuple[int, int]]:
        """Yield runs of capitalised words that may be names, without the small word that begins a sentence."""
        small = self._words.prepositions | self._words.determiners
        for found in _NAME.finditer(self._text):
            words = list(WORD.finditer(self._text, *found.span()))
            while words and words[0].group().lower() in small:
                del words[0]
            if len(words) > 1:
                yield words[0].start(), found.end()

    # ---- the words beside a cue

    def beside(self, cue: tuple[int, int], region: tuple[int, int], *, is_inverted: bool) -> Source | None:
        """Return the subject of the cue within the region: behind the verb if that is where it stands, else before."""
        after = self.after(cue[1], region[1], is_subject=True)
        before = self.before(cue[0], region)
        first, second = (after, before) if is_inverted else (before, after)
        if is_inverted and before and before.kind == "pronoun":
            return before
        return first or second

    def after(self, start: int, limit: int, *, is_subject: bool = False, names_only: bool = False) -> Source | None:
        """Return the source that begins right behind `start`: a pronoun, a role, a name with or without its role."""
        end = self._clause_end(start, limit)
        if not names_only and (pronoun := self._words.pronoun.match(self._text, self._skip_space(start), end)):
            return Source(*pronoun.span(), kind="pronoun", confidence=0.6)
        lead = ""
        position = start
        candidates: list[_Mention] = []
        for mention in self._within(start, end):
            lead += self._text[position : mention.start]
            position = mention.end
            if not self._leads_to_name(lead, is_subject=is_subject):
                break
            candidates.append(mention)
        # "il presidente dell'Autorità portuale Marco Tesei": the person speaks, not what stands in the genitive.
        own = [mention for mention in candidates if not self._is_in_genitive(mention)] or candidates[:1]
        if own:
            best = next((mention for mention in own if mention.type is EntityType.PER), own[0])
            role = self._offices.before(best.start, start) or self._offices.behind(best.end, end + 60)
            return self._named(best, role)
        return None if names_only else self._office(self._offices.at(start, end))

    def before(self, end: int, region: tuple[int, int]) -> Source | None:
        """Return the source that ends before `end` within the region: the nearest one that can be the subject."""
        start = region[0]
        for boundary in BOUNDARY.finditer(self._text, start, end):
            if boundary.group() not in ".:" or self._text[boundary.end() : boundary.end() + 1].isspace():
                start = boundary.end()
        candidates = [mention for mention in self._within(start, end) if self._can_be_subject(mention, start, end)]
        if candidates:
            # A person with an office: "Helen Ashworth, the agency's director, said"; of equals, the nearest.
            best = min(candidates, key=lambda mention: (_SPEAKING.index(mention.type), end - mention.end))
            role = self._offices.before(best.start, start) or self._offices.behind(best.end, end)
            return self._named(best, role)
        pronouns = list(self._words.pronoun.finditer(self._text, start, end))
        if pronouns and len(self._text[pronouns[-1].end() : end].split()) <= 3:
            return Source(*pronouns[-1].span(), kind="pronoun", confidence=0.6)
        return self._office(self._offices.until(start, end))

    def dropped(self, cue: tuple[int, int]) -> Source | None:
        """Return the subject that the verb itself stands for, in languages that leave it out."""
        return Source(*cue, kind="dropped", confidence=0.5) if self._words.drops_subject else None

    # ---- what they mean

    def resolved(self, drafts: list[Draft]) -> list[Draft]:
        """Give pronouns, dropped subjects and quotations without a cue the speaker before them."""
        last: tuple[Draft, Source] | None = None
        for draft in drafts:
            source = draft.source
            if source is None and draft.cue and draft.may_carry:
                source = self.dropped(draft.cue)
            if source and source.kind in {"pronoun", "dropped"}:
                source = self._antecedent(draft, source, last)
            elif source is None and draft.may_carry and last and self._continues(last[0], draft):
                before = last[1]
                source = Source(
                    before.start, before.end, before.kind, before.name, before.entity_id, before.role,
                    confidence=before.confidence * 0.7, resolved_from="previous_quote", is_person=before.is_person,
                )  # fmt: skip
            draft.source = source
            if source and (source.name or source.role):
                last = (draft, source)
        return drafts

    def _antecedent(self, draft: Draft, source: Source, last: tuple[Draft, Source] | None) -> Source | None:
        how = "pronoun" if source.kind == "pronoun" else "dropped_subject"
        source.resolved_from = how
        at = draft.cue[0] if draft.cue else draft.start
        gender = self._words.genders.get(self._text[source.start : source.end].lower()) if how == "pronoun" else None
        said_before = last[1] if last and at - last[0].end < _CARRIED_OVER else None
        if said_before and said_before.name and self._can_be(said_before, gender):
            source.name, source.entity_id, source.role = said_before.name, said_before.entity_id, said_before.role
            source.is_person = said_before.is_person
            source.confidence = 0.65 if how == "pronoun" else 0.6
            return source
        people = [
            mention
            for mention in self._within(max(0, draft.start - _NAMED_BEFORE), draft.start)
            if mention.end <= draft.start
            and mention.type is EntityType.PER
            and at - mention.end < _NAMED_BEFORE
            and self._agrees(mention.name, gender)
        ]
        if people:
            source.name, source.entity_id, source.confidence = self._full(people[-1].name), people[-1].entity_id, 0.4
            source.is_person = True
            return source
        return source if how == "pronoun" else None

    def _can_be(self, source: Source, gender: str | None) -> bool:
        """Whether a pronoun of this gender can stand for a speaker: no organisation is a he or a she."""
        return gender not in {"m", "f"} or (source.is_person and self._agrees(source.name or "", gender))

    def _agrees(self, name: str, gender: str | None) -> bool:
        """Whether a pronoun of this gender can stand for somebody of this name."""
        given = self._genders.get(self._full(name).split()[0].casefold()) if gender in {"m", "f"} else None
        return given is None or given == gender

    def _continues(self, before: Draft, draft: Draft) -> bool:
        """Whether the text between two quotations leaves no room for another speaker."""
        between = self._text[before.end : draft.start]
        if len(between) > 250 or between.count("\n\n") > 1:
            return False
        named_at = before.source.start if before.source else -1
        return all(
            mention.start <= named_at < mention.end or mention.type is not EntityType.PER
            for mention in self._within(before.end, draft.start)
        )

    def _named(self, mention: _Mention, role: str | None) -> Source:
        name = self._full(mention.name)
        text = self._text[mention.start : mention.end]
        return Source(
            mention.start,
            mention.end,
            kind="name",
            name=name,
            entity_id=mention.entity_id,
            role=role or self._roles.get(name),
            confidence=_TRUST[mention.type],
            is_person=mention.type is EntityType.PER,
            resolved_from="surname" if name != text and len(text.split()) < len(name.split()) else None,
        )

    def _full(self, name: str) -> str:
        """Return the full name of the person whom the article calls by this surname."""
        return self._full_names.get(name, name)

    def _roles_of_names(self) -> Mapping[str, str]:
        roles: dict[str, str] = {}
        for mention in self._mentions:
            if mention.type is EntityType.PER:
                role = self._offices.before(mention.start, max(0, mention.start - 80)) or self._offices.behind(
                    mention.end, mention.end + 80
                )
                if role:
                    roles.setdefault(self._full(mention.name), role)
        return roles

    def _office(self, span: tuple[int, int] | None) -> Source | None:
        """Return the speaker that an office stands for, by name if the article itself says whose it is."""
        if span is None:
            return None
        start, end = span
        words = [
            w.group() for w in WORD.finditer(self._text, start, end) if w.group().lower() not in self._words.determiners
        ]
        role = " ".join(words)
        name = next((name for name, known in self._roles.items() if same_office(role, known)), None)
        entity_id = next((m.entity_id for m in self._mentions if name and m.name == name), None)
        return Source(
            start, end, kind="role", name=name, entity_id=entity_id, role=role,
            confidence=0.7 if name else 0.6, resolved_from="title" if name else None, is_person=True,
        )  # fmt: skip

    # ---- small questions

    def _within(self, start: int, end: int) -> Iterable[_Mention]:
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [mention for mention in self._mentions[first:last] if mention.end <= end]

    def _clause_end(self, start: int, limit: int) -> int:
        boundary = BOUNDARY.search(self._text, start, limit)
        while (
            boundary
            and boundary.group() == "."
            and not self._text[boundary.end() : boundary.end() + 2].strip()[:1].isupper()
        ):
            boundary = BOUNDARY.search(self._text, boundary.end(), limit)
        return boundary.start() if boundary else limit

    def _skip_space(self, position: int) -> int:
        while position < len(self._text) and self._text[position] in " \u00a0":
            position += 1
        return position

    def _leads_to_name(self, between: str, *, is_subject: bool) -> bool:
        """Whether these words can stand between a verb and its subject's name: articles, offices, small words."""
        office, comma, rest = between.partition(",")
        words = [word.strip("’'").lower() for word in between.replace(",", " ").split()]
        if len(words) > 10 or self._words.cue.search(between) or self._words.that.search(between):
            return False
        if is_subject and words and words[0] in self._words.prepositions:
            return False
        has_office = any(word.lower() in self._words.roles for word in WORD.findall(office))
        if comma:  # "dijo el consejero de Agricultura, Rafael Montero"
            return has_office and not rest.strip()
        return has_office or all(word[:1].islower() for word in WORD.findall(between))

    def _is_in_genitive(self, mention: _Mention) -> bool:
        before = [word.lower() for word in WORD.findall(self._text[max(0, mention.start - 16) : mention.start])[-2:]]
        if len(before) == 2 and len(before[1]) <= _LONGEST_ARTICLE:  # "of the Agency"
            return not self._words.prepositions.isdisjoint(before)
        return bool(before) and before[-1] in self._words.prepositions

    def _can_be_subject(self, mention: _Mention, start: int, end: int) -> bool:
        between = self._text[mention.end : end]
        if len(between.split()) > _MOST_BETWEEN or self._words.that.search(between):
            return False
        if self._is_in_genitive(mention) and self._text[start : mention.start].strip():
            return False
        if self._text[mention.end : mention.end + 2] in {"'s", "’s"}:
            return False
        # A verb between them has its own subject.
        return not self._words.cue.search(between)
