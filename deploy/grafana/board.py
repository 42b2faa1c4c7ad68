"""A dashboard: its variables, its rows from the top, and the numbers of its panels."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.panels import DATASOURCE, Panel, written_out

# Where the folder `docs` of this repository is served: by Grafana itself where that is mounted into its public files, as
# the compose file does; else whoever looks writes the address into the box.
DOCS = "/public/docs"
WIDTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels of one size, `across` of them beside each other."""

    title: str
    across: int
    height: int = 8
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard. `topic_of` and `instance_of` name a metric whose labels fill a variable; without, it has none."""

    name: str
    title: str
    says: str
    topic_of: str | None = None
    instance_of: str | None = None
    since: str = "now-3h"
    rows: tuple[Row, ...]

    def build(self) -> models.Dashboard:
        """Return what Grafana is given."""
        board = (
            dashboard.Dashboard(f"Claimwire / {self.title}")
            .uid(f"claimwire-{self.name}")
            .description(self.says)
            .tags(["claimwire"])
            .timezone("browser")
            .time(self.since, "now")
            .refresh("30s")
            .tooltip(models.DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(
                dashboard.DashboardLink("Claimwire")
                .type(models.DashboardLinkType.DASHBOARDS)
                .tags(["claimwire"])
                .include_vars(include_vars=True)
                .keep_time(keep_time=True)
            )
            .variables(self._variables())
        )
        number = 0
        for row in self.rows:
            number += 1
            board.with_row(dashboard.Row(row.title).id(number))
            for panel in row.panels:
                number += 1
                board.with_panel(panel.id(number).span(WIDTH // row.across).height(row.height))
        return board.build()

    def _variables(self) -> list[Builder[models.VariableModel]]:
        variables: list[Builder[models.VariableModel]] = [
            dashboard.DatasourceVariable("datasource")
            .label("Prometheus")
            .type("prometheus")
            .current(models.VariableOption(selected=True, text="Prometheus", value="prometheus")),
            _choice("namespace", "Namespace", "label_values(claimwire_ready, namespace)"),
        ]
        if self.topic_of:
            variables.append(_choice("topic", "Topic", f"label_values({self.topic_of}{{HERE}}, topic)"))
        if self.instance_of:
            variables.append(_choice("instance", "Process", f"label_values({self.instance_of}{{HERE}}, instance)"))
        docs = dashboard.TextBoxVariable("docs").label("Runbooks at").default_value(DOCS)
        return [*variables, docs.description("Where the folder docs of the repository is served.")]


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(written_out(query))
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        # Matches series without the label too, which a list of what was found would not.
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )
