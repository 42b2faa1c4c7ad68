"""`Draft`: a figure being put together, placed by tokens; becomes a `Figure` once its place is final."""

from dataclasses import dataclass

from services.contract.enriched import Figure, FigureKind


@dataclass(slots=True, kw_only=True)
class Draft:
    """A figure at tokens[first:last]."""

    first: int
    last: int
    kind: FigureKind
    value: float | None = None
    value_max: float | None = None
    unit: str | None = None
    scale: float | None = None
    qualifier: str | None = None
    object: str | None = None
    change: str | None = None
    date: str | None = None

    def figure(self, id: str, text: str, start: int, end: int) -> Figure:
        """Return the figure at text[start:end]."""
        return Figure(
            id=id,
            start=start,
            end=end,
            text=text[start:end],
            kind=self.kind,
            value=_rounded(self.value),
            value_max=_rounded(self.value_max),
            unit=self.unit,
            scale=self.scale,
            qualifier=self.qualifier,
            object=self.object,
            change=self.change,
            date=self.date,
        )


def _rounded(value: float | None) -> float | None:
    """Return the value without what multiplying by scales added: 2.3 × 1e6 is 2300000, not 2299999.9999999995."""
    return None if value is None else float(f"{value:.12g}")
