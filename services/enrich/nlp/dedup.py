"""Signatures by which a consumer groups copies of a text. Finds no duplicates itself: it knows one article at a time."""

import hashlib
from itertools import pairwise

from services.contract.enriched import Dedup
from services.contract.identity import content_hash, normalised
from services.enrich.nlp.document import Document

_BITS = 64


def sign(document: Document, resources: object) -> Dedup:  # noqa: ARG001 - the form of all steps
    """Return the hashes of body and title, and the near-duplicate signature of the body.

    The body is hashed without the title: wire copy runs under many headlines.
    """
    return Dedup(
        content_hash=content_hash(document.text),
        title_hash=content_hash(document.title) if document.title else None,
        signature=f"{simhash(normalised(document.text).split()):016x}",
    )


def simhash(words: list[str]) -> int:
    """Return the 64-bit SimHash of the words' trigrams: texts that share most of them differ in few bits.

    A trigram counts once however often it occurs, so that a repeated paragraph does not outvote the article.
    """
    trigrams = {" ".join(trigram) for trigram in zip(words, words[1:], words[2:], strict=False)}
    trigrams = trigrams or {" ".join(pair) for pair in pairwise(words)} or set(words)
    if not trigrams:
        return 0
    ones = [0] * _BITS
    for trigram in trigrams:
        bits = int.from_bytes(hashlib.blake2b(trigram.encode(), digest_size=_BITS // 8).digest(), "big")
        for bit in range(_BITS):
            ones[bit] += bits >> bit & 1
    half = len(trigrams) / 2
    return sum(1 << bit for bit in range(_BITS) if ones[bit] > half)
