"""Measures names: the figures and how they come about are `training/entities/evaluate.py`'s."""

from pathlib import Path

from services.enrich.resources import Resources


def section(data: Path, resources: Resources) -> str:
    """Return what the training program's own measurement says."""
    # Only where it is asked for: it brings what training needs, which the other sections can do without.
    from training.entities.evaluate import section as measured  # noqa: PLC0415

    text: str = measured(data, resources)
    return text
