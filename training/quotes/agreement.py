"""How far two annotators of the same articles agree: what the best that can be measured is.

    python -m training.quotes.agreement FIRST.jsonl SECOND.jsonl

The second is taken as what was found, the first as what is right: content F1, and of contents that both have, how often
the speaker is the same.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.quotes.marked import read
from training.quotes.scores import f1, matches, same_name


@dataclass(frozen=True, slots=True)
class Agreement:
    """Numbers of quotations: of the first annotator, of the second, of both, of both with the same speaker and act."""

    first: int
    second: int
    both: int
    speaker: int
    act: int

    @property
    def content_f1(self) -> float:
        """Agreement on what is a quotation, and where."""
        return f1(self.both, self.second, self.first)


def agreement(first: Iterable[Mapping[str, Any]], second: Iterable[Mapping[str, Any]]) -> Agreement:
    """Compare the articles that both annotated."""
    again = {article["id"]: article for article in second}
    counts = [0, 0, 0, 0, 0]
    for article in first:
        other = again.get(article["id"])
        if other is None:
            continue
        if other["text"] != article["text"]:
            raise ValueError(f"{article['id']}: the second annotator's text is another")
        one, two = article["quotes"], other["quotes"]
        pairs = matches(article["text"], [quote["content"] for quote in one], [quote["content"] for quote in two])
        counts[0] += len(one)
        counts[1] += len(two)
        counts[2] += len(pairs)
        counts[3] += sum(_same_speaker(one[i], two[j]) for i, j in pairs)
        counts[4] += sum(one[i]["act"] == two[j]["act"] for i, j in pairs)
    return Agreement(*counts)


def _same_speaker(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    if one["name"] and two["name"]:
        return same_name(one["name"], two["name"])
    if one["speaker"] and two["speaker"]:
        return any(s < b and a < e for s, e in one["speaker"] for a, b in two["speaker"])
    return bool(one["name"]) == bool(two["name"]) and bool(one["speaker"]) == bool(two["speaker"])


def main() -> None:
    """Print the agreement."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = agreement(read(Path(sys.argv[1])), read(Path(sys.argv[2])))
    print(
        f"{found.first} and {found.second} quotations: content F1 {found.content_f1:.3f}; of {found.both} that both have "
        f"the speaker is the same for {found.speaker}, the act for {found.act}"
    )


if __name__ == "__main__":
    main()
