"""The files of a learnt chain model: `<name>.marisa` (attributes) and `<name>.npz` (their weights)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import marisa_trie
import numpy as np

from services.enrich.nlp.chain import Weights


def read_weights(folder: Path, name: str, *, kept_small: bool = False) -> Weights:
    """Read what `write_weights` wrote. `kept_small`: attributes stay in the trie, which is small and slow."""
    rows = marisa_trie.Trie()
    rows.load(str(folder / f"{name}.marisa"))
    with np.load(folder / f"{name}.npz") as arrays:
        state, transitions = arrays["state"].astype(np.float32), arrays["transitions"]
    return Weights(rows=rows if kept_small else dict(rows.items()), state=state, transitions=transitions)


def write_weights(
    folder: Path,
    name: str,
    labels: Sequence[str],
    state: Mapping[tuple[str, str], float],
    transitions: Mapping[tuple[str, str], float],
) -> None:
    """Write (attribute, label) → weight in half precision, and (from, to) → weight."""
    rows = marisa_trie.Trie(sorted({attribute for attribute, _ in state}))
    rows.save(str(folder / f"{name}.marisa"))
    table = np.zeros((len(rows) + 1, len(labels)), np.float16)
    for (attribute, label), weight in state.items():
        table[rows[attribute], labels.index(label)] = weight
    passed = np.zeros((len(labels), len(labels)), np.float32)
    for (before, after), weight in transitions.items():
        passed[labels.index(before), labels.index(after)] = weight
    np.savez_compressed(folder / f"{name}.npz", state=table, transitions=passed)
