"""The few kinds of panel that the dashboards are made of, and how all of them look. What they show is said elsewhere.

In an expression these words stand for what would be repeated in each:

    HERE    the namespaces that are chosen
    POD     the same, and the processes
    TOPIC   the same as HERE, and the topics
    RATE    the window that Grafana finds right for a rate
    RANGE   the whole time that is shown
"""

import re
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heat_shapes
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")

# A series without the label, as outside of Kubernetes, has it empty, and ".*" matches that.
_HERE = 'namespace=~"$namespace"'
_WORDS = {
    "HERE": _HERE,
    "POD": f'{_HERE}, instance=~"$instance"',
    "TOPIC": f'{_HERE}, topic=~"$topic"',
    "RATE": "$__rate_interval",
    "RANGE": "$__range",
}

# Pods have addresses that tell nothing, so a name follows where there is one.
EACH = "{{instance}} {{pod}}"

GOOD, FAIR, BAD, CALM, DIM = "green", "orange", "red", "blue", "text"
# What a colour means is the same everywhere. Words that are not here get one by their name, everywhere the same too.
_COLOURS = {
    "{{outcome}}": {
        "accepted": GOOD,
        "delivered": GOOD,
        "enriched": GOOD,
        "ok": GOOD,
        "retracted": CALM,
        "empty": DIM,
        "skipped": DIM,
        "rejected": FAIR,
        "degraded": FAIR,
        "too_large": FAIR,
        "timeout": FAIR,
        "failed": BAD,
        "error": BAD,
        "dead_letter": BAD,
    },
    "{{state}}": {"idle": GOOD, "busy": CALM},
    "{{attribution}}": {"explicit": GOOD, "pronoun": CALM, "carried": "purple", "none": FAIR},
    "accepted over HTTP": {"accepted over HTTP": CALM},
    "enriched": {"enriched": GOOD},
    "retracted": {"retracted": "purple"},
    "dead letters": {"dead letters": BAD},
    "half": {"half": GOOD},
    "95 of 100": {"95 of 100": FAIR},
    "99 of 100": {"99 of 100": BAD},
}


# The SDK's kinds of panel have no type in common that says so much.
Panel = stat.Panel | timeseries.Panel | heatmap.Panel | bargauge.Panel | table.Panel
_Panel = TypeVar("_Panel", stat.Panel, timeseries.Panel, heatmap.Panel, bargauge.Panel, table.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and what its series are called in the legend."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a panel says, what is normal, what to do if it is not, and the page that says more."""

    says: str
    normal: str
    act: str
    runbook: str
    also: tuple[str, ...] = ()  # other pages

    @property
    def text(self) -> str:
        """The panel's description."""
        return f"{self.says}\n\n**Normal:** {self.normal}\n\n**Otherwise:** {self.act}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Where an alert begins: beyond these values, the first of which is the mildest."""

    values: tuple[float, ...]
    is_floor: bool = False  # bad below instead of above


def above(*values: float) -> Limit:
    """Return a limit that must not be passed."""
    return Limit(values=values)


def below(value: float) -> Limit:
    """Return a limit that must not be fallen below."""
    return Limit(values=(value,), is_floor=True)


def quantiles(histogram: str, matchers: str) -> tuple[Query, ...]:
    """Return what half, 95 and 99 of 100 observations stay below."""
    buckets = f"sum by (le) (rate({histogram}_bucket{{{matchers}}}[RATE]))"
    return tuple(
        Query(f"histogram_quantile({share}, {buckets})", name)
        for share, name in ((0.5, "half"), (0.95, "95 of 100"), (0.99, "99 of 100"))
    )


def number(title: str, unit: str, query: Query, about: About, *, limit: Limit | None = None) -> Panel:
    """Return one number, with its recent course behind it; its colour says whether it is beyond the limit."""
    panel = (
        stat.Panel()
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(shapes.BigValueGraphMode.AREA)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
        .thresholds(_thresholds(limit))
        .no_value("nothing yet")
    )
    return _dressed(panel, title, unit, (query,), about)


def lines(
    title: str, unit: str, *queries: Query, about: About, limit: Limit | None = None, stacked: bool = False
) -> Panel:
    """Return values over time, with the newest and the largest of each in the legend; a dashed line shows the limit."""
    panel = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(30 if stacked else 5)
        .show_points(shapes.VisibilityMode.NEVER)
        .axis_soft_min(0)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.TABLE)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
        .no_value("nothing yet")
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    if limit:
        panel.thresholds(_thresholds(limit)).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED)
        )
    for query in queries:
        for name, colour in _COLOURS.get(query.legend, {}).items():
            panel.override_by_name(
                name, [models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})]
            )
    return _dressed(panel, title, unit, queries, about)


def heat(title: str, unit: str, histogram: str, matchers: str, about: About) -> Panel:
    """Return how a histogram's observations are spread, over time; a dot is one article, with its trace."""
    query = Query(f"sum by (le) (increase({histogram}_bucket{{{matchers}}}[RATE]))", "{{le}}")
    panel = (
        heatmap.Panel()
        .color(
            heatmap.HeatmapColorOptions()
            .mode(heat_shapes.HeatmapColorMode.SCHEME)
            .scheme("Blues")
            .exponent(0.5)
            .fill("dark-blue")
            .steps(64)
        )
        .rows_frame(heatmap.RowsHeatmapOptions().value("observations"))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(shapes.AxisPlacement.LEFT))
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .cell_gap(1)
        .mode(shapes.TooltipDisplayMode.SINGLE)
        .show_y_histogram()
        .show_color_scale(show_color_scale=True)
        .show_legend()
        .exemplars_color("rgba(255,120,10,0.9)")
    )
    return _dressed(panel, title, unit, (query,), about, format=PromQueryFormat.HEATMAP)


def bars(title: str, unit: str, query: Query, about: About) -> Panel:
    """Return one bar for each value of a label, over the whole time shown."""
    panel = (
        bargauge.Panel()
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .min(0)
        .no_value("nothing yet")
    )
    return _dressed(panel, title, unit, (query,), about, instant=True)


def rows(title: str, unit: str, query: Query, about: About, *, called: str) -> Panel:
    """Return a table of series as they are now: a column for each label that is left, and one for the value."""
    columns = models.DataTransformerConfig(
        id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": {"Value": called}}
    )
    panel = table.Panel().show_header(show_header=True).with_transformation(columns).no_value("none")
    return _dressed(panel, title, unit, (query,), about, format=PromQueryFormat.TABLE, instant=True)


def written_out(expr: str) -> str:
    """Return an expression with what its words stand for."""
    return re.sub(r"\b(HERE|POD|TOPIC|RATE|RANGE)\b", lambda word: _WORDS[word[0]], expr)


def _thresholds(limit: Limit | None) -> dashboard.ThresholdsConfig:
    values = limit.values if limit else ()
    colours = [BAD, GOOD] if limit and limit.is_floor else [GOOD if limit else CALM, *(FAIR,) * (len(values) - 1), BAD]
    steps = [
        models.Threshold(value=value, color=colour) for value, colour in zip((None, *values), colours, strict=False)
    ]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _dressed(
    panel: _Panel,
    title: str,
    unit: str,
    queries: tuple[Query, ...],
    about: About,
    *,
    format: PromQueryFormat = PromQueryFormat.TIME_SERIES,
    instant: bool = False,
) -> _Panel:
    """Return the panel with what every panel has."""
    for place, query in enumerate(queries):
        target = (
            prometheus.Dataquery()
            .ref_id(chr(ord("A") + place))
            .expr(written_out(query.expr))
            .legend_format(query.legend or "__auto")
            .format(format)
            .exemplar(format is PromQueryFormat.HEATMAP)
            .datasource(DATASOURCE)
        )
        panel.with_target(target.instant() if instant else target.range())
    return (
        panel.title(title)
        .description(about.text)
        .datasource(DATASOURCE)
        .unit(unit)
        .links([_runbook(name) for name in (about.runbook, *about.also)])
    )


def _runbook(name: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(f"Runbook: {name.replace('-', ' ')}")
        .type(models.DashboardLinkType.LINK)
        .url(f"${{docs}}/how-to/runbooks/{name}.md")
        .tooltip("What to do about it")
        .target_blank(target_blank=True)
    )
