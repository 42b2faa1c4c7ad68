"""The row that both services have: what a process takes of the machine."""

from deploy.grafana.board import Row
from deploy.grafana.panels import EACH, About, Query, above, lines


def row(job: str) -> Row:
    """Return the row about the processes of one service."""
    these = f'POD, job="{job}"'
    return Row(
        title="Processes",
        across=4,
        panels=(
            lines(
                "Processor",
                "suffix:cores",
                Query(f"sum by (instance, pod) (rate(process_cpu_seconds_total{{{these}}}[RATE]))", EACH),
                about=About(
                    says="Cores that a process uses; of a worker, without the children that do the language work.",
                    normal="well below one: the loop is one thread.",
                    act="near one core the loop is late and everything waits: more processes.",
                    runbook="scaling",
                ),
            ),
            lines(
                "Memory",
                "bytes",
                Query(f"sum by (instance, pod) (process_resident_memory_bytes{{{these}}})", EACH),
                about=About(
                    says="Resident memory; of a worker, without the children that do the language work.",
                    normal="flat after some minutes.",
                    act="a rise for hours is a leak: note the version, restart one by one.",
                    runbook="scaling",
                ),
            ),
            lines(
                "Open files",
                "percentunit",
                Query(
                    f"sum by (instance, pod) (process_open_fds{{{these}}})"
                    f" / sum by (instance, pod) (process_max_fds{{{these}}})",
                    EACH,
                ),
                about=About(
                    says="Files and connections in use, as a share of what the process may open.",
                    normal="below a tenth.",
                    act="above a half: connections are not closed, by us or by clients that keep them.",
                    runbook="scaling",
                ),
            ),
            lines(
                "Event loop lag",
                "s",
                Query(f"max by (instance, pod) (claimwire_event_loop_lag_seconds{{{these}}})", EACH),
                about=About(
                    says="How late the event loop ran its last tick: what every request and every record waits.",
                    normal="below 50 ms.",
                    act="something holds the loop, or the processor is taken away: see the first panel.",
                    runbook="loop-late",
                ),
                limit=above(0.5),
            ),
        ),
    )
