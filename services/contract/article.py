"""`ArticleV1`: an article as a producer submits it, on HTTP and on the raw topic."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.contract.fields import (
    BoundedJson,
    Clean,
    Event,
    Label,
    Line,
    OptionalTime,
    OptionalWebAddress,
    Text,
)


class Action(StrEnum):
    """What a submission does to the article of its id."""

    ADD = "add"
    REPLACE = "replace"
    RETRACT = "retract"


def _domain(value: object) -> object:
    return value.strip().rstrip(".").lower() or None if isinstance(value, str) else value


class Source(Event):
    """The outlet that published the article."""

    id: Label = Field(None, description="The outlet's stable identifier at the producer.")
    name: Label = Field(None, description="The outlet's name as readers know it.")
    domain: Annotated[Label, BeforeValidator(_domain)] = Field(None, description="The outlet's domain, lower case.")
    country: Annotated[
        Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{2}$")] | None,
        BeforeValidator(lambda value: value or None),
    ] = Field(None, description="ISO 3166-1 alpha-2.")

    @property
    def key(self) -> str | None:
        """What tells this outlet from others: its id, else its domain, else its name."""
        return self.id or self.domain or self.name


def _one_or_many(value: object) -> object:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[Annotated[Clean, StringConstraints(max_length=512)], ...], BeforeValidator(_one_or_many)]


class ArticleV1(Event):
    """A raw article. `body` (plain text) or `html` is required, except for a retraction."""

    model_config = ConfigDict(title="ArticleV1")

    schema_version: Literal[1] = Field(1, description="The version of this form; absent means 1.")
    action: Action = Field(Action.ADD, description="add, replace (new content under the same id) or retract.")
    article_id: UUID | None = Field(
        None, description="Only to name an article that the other fields do not identify; else it is derived."
    )
    source: Annotated[Source, BeforeValidator(lambda value: {} if value is None else value)] = Field(
        default_factory=lambda: Source.model_validate({}), description="The outlet."
    )
    producer_article_id: Label = Field(None, description="The producer's own id; unique within the source.")
    url: OptionalWebAddress = Field(None, description="Where the article was published.")
    title: Line = None
    subtitle: Line = None
    authors: Names = ()
    section: Label = None
    language: Label = Field(None, description="BCP 47 tag that the producer declares; checked, not believed.")
    published_at: OptionalTime = Field(None, description="RFC 3339; without zone it is taken as UTC.")
    updated_at: OptionalTime = None
    body: Text = Field(None, description="The article's plain text, paragraphs separated by an empty line.")
    html: Text = Field(None, description="The article's page, if there is no plain text.")
    version: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        None, description="The producer's own version; else the time at which the raw topic took the record, in ms."
    )
    supersedes: Label = Field(None, description="The id of an article that this one takes the place of.")
    reason: Line = Field(None, description="Why the article is retracted or replaced.")
    embargoed_until: OptionalTime = None
    rights: Line = None
    tags: Names = ()
    extra: dict[str, BoundedJson] = Field(default_factory=dict, description="All fields that are not listed here.")

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = cls.model_fields
        unknown = {name: value for name, value in data.items() if name not in known}
        if not unknown:
            return data
        extra = data.get("extra")
        if extra is not None and not isinstance(extra, dict):
            return data  # the field's own validation says what is wrong
        kept = {name: value for name, value in data.items() if name in known}
        return kept | {"extra": {**unknown, **(extra or {})}}

    @field_validator("extra", mode="before")
    @classmethod
    def _extra_is_clean(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("extra", mode="after")
    @classmethod
    def _extra_names_are_clean(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if "\x00" in name:
                raise PydanticCustomError("nul_character", "contains the character U+0000")
        return value

    @model_validator(mode="after")
    def _can_be_processed(self) -> Self:
        if self.producer_article_id and not self.source.key:
            raise PydanticCustomError(
                "source_required", "producer_article_id needs source.id, source.domain or source.name beside it"
            )
        if self.action is not Action.RETRACT and not (self.body or self.html):
            raise PydanticCustomError("body_required", "body or html is required and must not be blank")
        return self

    @property
    def is_identified(self) -> bool:
        """Whether the article can be recognised without its content."""
        return bool(self.article_id or self.producer_article_id or self.url)
