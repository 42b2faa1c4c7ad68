"""Headlines in capitals, read as if they were written in the usual way: "ZELENSKY MEETS TRUMP" as "Zelensky meets Trump".

What the article writes elsewhere decides; else what the word mostly is in other texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.enrich.nlp.tokens import Token


def truecased(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> Sequence[Token]:
    """Return the words with those of shouted sentences respelled; places in the text stay. `is_name` takes "Trump"."""
    if not any(token.shouted for token in tokens):
        return tokens
    elsewhere = {token.text.upper(): token.text for token in tokens if not token.shouted and not token.opens}
    return [
        _respelled(token, elsewhere.get(token.text.upper()), is_name) if token.shouted else token for token in tokens
    ]


def _respelled(token: Token, elsewhere: str | None, is_name: Callable[[str], bool]) -> Token:
    if not token.is_upper:
        return token
    text = elsewhere or (token.text.title() if is_name(token.text.title()) else token.text.lower())
    is_upper = len(text) > 1 and text.isupper()
    # It is no longer shouted: a small letter now means what it means elsewhere.
    return replace(token, text=text, is_capital=text[0].isupper(), is_upper=is_upper, shouted=False)
