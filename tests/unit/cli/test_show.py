"""An article drawn for people: what is marked, what is listed, and that colours are not needed to read it."""

import click

from services.cli.show import drawn

TEXT = "Roma: «Il ponte riaprirà», ha detto Anna Berti."


def event(**changes):
    """Return an enriched article with one of everything."""
    return {
        "article_id": "a1", "action": "add", "title": "Il ponte", "published_at": "2025-03-12T08:00:00Z",
        "source": {"name": "ANSA"},
        "body": {"text": TEXT, "word_count": 8},
        "language": {"tag": "it", "confidence": 0.99},
        "enrichment": [{"step": "quotes", "status": "ok", "reason": None}],
        "entities": [
            {"id": "e1", "type": "PER", "name": "Anna Berti", "mentions": [{"start": 36, "end": 46}]},
            {"id": "e2", "type": "LOC", "name": "Roma", "mentions": [{"start": 0, "end": 4}]},
        ],
        "figures": [{"start": 10, "end": 12, "kind": "count", "value": 1234567.0, "unit": None, "object": "ponti"}],
        "quotes": [
            {"id": "q1", "type": "direct", "act": "thought", "text": "Il ponte riaprirà", "confidence": 0.9,
             "spans": [{"start": 7, "end": 24}], "cue": {"start": 27, "end": 35},
             "speaker": {"name": "Anna Berti", "role": "sindaca", "text": "Anna Berti", "start": 36, "end": 46,
                         "resolved_from": "surname", "confidence": 0.8}},
        ],
        "claims": [
            {"text": "Il ponte riaprirà", "check_worthiness": 0.7, "types": ["event"], "claimant": "Anna Berti",
             "reasons": [{"name": "bias", "weight": -1.7}]},
        ],
    } | changes  # fmt: skip


def test_everything_is_marked_where_it_stands_and_listed() -> None:
    """Brackets show the quotation with its number; the lists say who, how it is known, and how sure that is."""
    plain = click.unstyle(drawn(event()))
    assert "Roma: «⟦q1 Il po‹1,234,567 ponti›nte riaprirà⟧»" in plain
    assert "Anna Berti, sindaca, by surname 0.80 (direct thought 0.90)" in plain
    assert "0.70 Il ponte riaprirà" in plain
    assert "bias-1.7" in plain
    assert "Anna Berti (PER 1×), Roma (LOC 1×)" in plain


def test_colours_are_only_laid_over_the_text() -> None:
    """Without brackets and colours it is the article's text."""
    plain = click.unstyle(drawn(event(figures=[])))
    assert TEXT.replace("Il ponte riaprirà", "⟦q1 Il ponte riaprirà⟧") in plain


def test_nobody_named_and_nothing_found_read_well() -> None:
    """And a retraction, which has no text."""
    quote = event()["quotes"][0] | {"speaker": None}
    assert "nobody named" in click.unstyle(drawn(event(quotes=[quote])))
    bare = click.unstyle(drawn(event(quotes=[], claims=[], entities=[], figures=[])))
    assert bare.endswith(f"{TEXT}\n")
    assert "no text (retract)" in click.unstyle(drawn(event(body=None, action="retract")))
    assert "went wrong" in click.unstyle(drawn({"error": {"detail": "went wrong"}, "line": 3}))
