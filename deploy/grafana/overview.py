"""Is the news flowing? One screen for whoever is on call: what is promised, what is late, what is lost, what is up."""

from deploy.grafana.board import Board, Row
from deploy.grafana.panels import About, Query, above, below, heat, lines, number, quantiles, rows

# The promise: of live articles, 99 of 100 are committed within a minute. An archive is read as fast as it can be.
_LIVE = 'HERE, channel!="archive"'
_KEPT = f'claimwire_e2e_latency_seconds_bucket{{{_LIVE}, le="60.0"}}'
_ALL = f"claimwire_e2e_latency_seconds_count{{{_LIVE}}}"

_LATE = "namespace:claimwire_e2e_late:ratio_rate"
# Every worker tells the lag of every partition; these hold the largest of each.
_LAG_SECONDS = "namespace_topic_partition:claimwire_consumer_lag_seconds:max{TOPIC}"
_LAG_RECORDS = "namespace_topic_partition:claimwire_consumer_lag_records:max{TOPIC}"

_NOW = Row(
    title="Is the news flowing?",
    across=6,
    height=4,
    panels=(
        number(
            "Articles in",
            "suffix:articles/s",
            Query('sum(rate(claimwire_articles_submitted_total{HERE, outcome="accepted"}[RATE]))'),
            About(
                says="Articles that came in over HTTP and that Kafka confirmed.",
                normal="follows the day of the newsrooms; hardly ever nothing for half an hour.",
                act="if producers say that they send, look at the dashboard Ingest. Records that somebody writes "
                "straight to Kafka are not counted here, only as articles out.",
                runbook="no-articles",
            ),
        ),
        number(
            "Articles out",
            "suffix:articles/s",
            Query('sum(rate(claimwire_events_terminal_total{HERE, outcome!="dead_letter"}[RATE]))'),
            About(
                says="Articles enriched or retracted, and committed.",
                normal="as many as come in.",
                act="fewer for minutes means that they wait: see the lag, then the dashboard Enrich.",
                runbook="no-articles",
            ),
        ),
        number(
            "Latency, 95 of 100",
            "s",
            Query(
                f"histogram_quantile(0.95, sum by (le) (rate(claimwire_e2e_latency_seconds_bucket{{{_LIVE}}}[RATE])))"
            ),
            About(
                says="From the raw record to the committed result: 95 of 100 live articles took less.",
                normal="below a second.",
                act="above 60 s the promise is broken; see whether workers are too few (lag grows) or slow (Enrich).",
                runbook="budget-burns",
            ),
            limit=above(60),
        ),
        number(
            "Oldest that waits",
            "s",
            Query(f"max({_LAG_SECONDS})"),
            About(
                says="Age of the oldest record that is not committed, in the partition that is furthest behind.",
                normal="below a few seconds.",
                act="find the partition on Enrich: one alone is stuck, all together are too much work.",
                runbook="lagging",
            ),
            limit=above(300),
        ),
        number(
            "Records that wait",
            "short",
            Query(f"sum({_LAG_RECORDS})"),
            About(
                says="Raw records that are not committed, in all partitions.",
                normal="some dozens.",
                act="divided by articles out it is the seconds until all is done; add workers if that is too long.",
                runbook="scaling",
            ),
        ),
        number(
            "Dead letters, last hour",
            "short",
            Query("sum(increase(claimwire_dead_letters_total{HERE}[1h]))"),
            About(
                says="Records that could not be read or enriched, and were put aside with a reason.",
                normal="none, or a few from a producer that everybody knows.",
                act="see the reasons below; they are kept 90 days and can be sent again.",
                runbook="many-dead-letters",
            ),
        ),
        number(
            "Budget left, 30 days",
            "percentunit",
            Query(f"1 - (1 - sum(increase({_KEPT}[30d])) / sum(increase({_ALL}[30d]))) / 0.01"),
            About(
                says="How much of the articles that may be late (1 of 100) is left, counted over 30 days.",
                normal="above a half.",
                act="below nothing: no risky changes until it has recovered.",
                runbook="budget-burns",
            ),
        ),
        number(
            "Ingest ready",
            "short",
            Query('sum(claimwire_ready{HERE, job="claimwire-ingest"}) or vector(0)'),
            About(
                says="Ingest processes that say they can work.",
                normal="as many as are deployed; fewer for a minute during an upgrade.",
                act="none: producers reach nobody. Which are missing is shown below, under what needs a person.",
                runbook="no-ingest",
            ),
            limit=below(1),
        ),
        number(
            "Enrich ready",
            "short",
            Query('sum(claimwire_ready{HERE, job="claimwire-enrich"}) or vector(0)'),
            About(
                says="Workers that say they can work.",
                normal="as many as are deployed; fewer for a minute during an upgrade, while models load and the group is joined.",
                act="none: nothing is enriched. Which are missing is shown below, under what needs a person.",
                runbook="no-worker",
            ),
            limit=below(1),
        ),
        number(
            "Partitions without a worker",
            "short",
            Query(f"count({_LAG_RECORDS}) - sum(claimwire_partitions_assigned{{TOPIC}})"),
            About(
                says="Partitions whose records nobody reads.",
                normal="none; some for seconds while the group is joined or left.",
                act="for minutes: too few workers are alive, or one hangs in the group.",
                runbook="partitions-without-owner",
            ),
            limit=above(1),
        ),
        number(
            "Records, last half hour",
            "short",
            Query("sum(increase(claimwire_events_consumed_total{TOPIC}[30m]))"),
            About(
                says="Raw records that were read and are done, however they came.",
                normal="follows the day of the newsrooms; never none.",
                act="none, and none wait: nothing comes in. None, and some wait: the workers are stuck.",
                runbook="no-articles",
                also=("stalled",),
            ),
            limit=below(1),
        ),
        number(
            "Alerts that fire",
            "short",
            Query('count(ALERTS{HERE, alertname=~"Claimwire.*", alertstate="firing"}) or vector(0)'),
            About(
                says="Alerts of this system that fire now.",
                normal="none.",
                act="the table below names them; each has a page of its own.",
                runbook="README",
            ),
            limit=above(1),
        ),
    ),
)

_FLOW = Row(
    title="Flow",
    across=3,
    panels=(
        lines(
            "In and out",
            "suffix:articles/s",
            Query(
                'sum(rate(claimwire_articles_submitted_total{HERE, outcome="accepted"}[RATE]))', "accepted over HTTP"
            ),
            Query('sum(rate(claimwire_events_terminal_total{HERE, outcome="enriched"}[RATE]))', "enriched"),
            Query('sum(rate(claimwire_events_terminal_total{HERE, outcome="retracted"}[RATE]))', "retracted"),
            Query('sum(rate(claimwire_events_terminal_total{HERE, outcome="dead_letter"}[RATE]))', "dead letters"),
            about=About(
                says="What comes in over HTTP, and what became of it.",
                normal="in and out lie on each other.",
                act="out below in: articles wait, nothing is lost; see the lag beside it.",
                runbook="no-articles",
            ),
        ),
        lines(
            "Lag",
            "s",
            Query(f"max by (topic) ({_LAG_SECONDS})", "oldest in {{topic}}"),
            about=About(
                says="Age of the oldest record that is not committed.",
                normal="below a few seconds.",
                act="a straight line upwards is a partition that stands; a slow rise is too much work.",
                runbook="lagging",
            ),
            limit=above(300),
        ),
        lines(
            "Share of dead letters",
            "percentunit",
            Query(
                "sum(rate(claimwire_dead_letters_total{HERE}[15m]))"
                " / sum(rate(claimwire_events_terminal_total{HERE}[15m]))",
                "dead letters",
            ),
            about=About(
                says="Share of the records of 15 minutes that were put aside.",
                normal="none.",
                act="see the reasons below: one producer's release, or something of ours.",
                runbook="many-dead-letters",
            ),
            limit=above(0.05),
        ),
    ),
)

_LATENCY = Row(
    title="From the raw record to the committed result",
    across=2,
    panels=(
        lines(
            "Latency",
            "s",
            *quantiles("claimwire_e2e_latency_seconds", _LIVE),
            about=About(
                says="Live articles: half, 95 and 99 of 100 took less than this.",
                normal="half below 0.1 s and 95 of 100 below 0.5 s while workers have time to spare.",
                act="if only the 99 rise, a few articles are slow (Enrich: steps); if all rise, they wait.",
                runbook="budget-burns",
            ),
            limit=above(60),
        ),
        heat(
            "Latency, spread",
            "s",
            "claimwire_e2e_latency_seconds",
            _LIVE,
            About(
                says="How many live articles took how long; a dot is one of them and names its trace.",
                normal="one band below a second.",
                act="a second band above is one kind of article or one partition: look for a dot's trace in the logs.",
                runbook="budget-burns",
            ),
        ),
    ),
)

_PROMISE = Row(
    title="The promise: 99 of 100 live articles within a minute",
    across=2,
    panels=(
        lines(
            "Burn rate",
            "suffix:×",
            Query(f"max({_LATE}1h{{HERE}}) / 0.01", "1 hour"),
            Query(f"max({_LATE}6h{{HERE}}) / 0.01", "6 hours"),
            Query(f"max({_LATE}3d{{HERE}}) / 0.01", "3 days"),
            about=About(
                says="How fast the budget is used: at 1× it lasts exactly 30 days.",
                normal="below 1×.",
                act="14.4× over an hour uses it up in two days and 6× over six hours in five: both wake somebody. "
                "1× over three days is a ticket.",
                runbook="budget-burns-fast",
                also=("budget-burns", "budget-burns-slowly"),
            ),
            limit=above(1, 6, 14.4),
        ),
        lines(
            "Late articles",
            "percentunit",
            Query(f"max({_LATE}5m{{HERE}})", "5 minutes"),
            Query(f"max({_LATE}1h{{HERE}})", "1 hour"),
            about=About(
                says="Share of live articles that took longer than a minute.",
                normal="none.",
                act="more than 1 of 100 breaks the promise: see lag and latency above.",
                runbook="budget-burns-slowly",
            ),
            limit=above(0.01),
        ),
    ),
)

_TROUBLE = Row(
    title="What needs a person",
    across=4,
    panels=(
        lines(
            "Dead letters by reason",
            "suffix:records/s",
            Query(
                "sum by (stage, reason) (rate(claimwire_dead_letters_total{HERE}[RATE])) > 0", "{{stage}}: {{reason}}"
            ),
            about=About(
                says="Records put aside, by what is wrong with them: decode is the producer's fault, enrich is ours.",
                normal="empty.",
                act="read some with claimwire tail, mend the cause, then send them again with claimwire replay.",
                runbook="many-dead-letters",
            ),
        ),
        lines(
            "Processes",
            "short",
            Query('sum by (job) (claimwire_ready{HERE, job=~"claimwire-.*"})', "{{job}}: ready"),
            Query('count by (job) (up{HERE, job=~"claimwire-.*"})', "{{job}}: known"),
            about=About(
                says="Processes that say they can work, and those that Prometheus knows of.",
                normal="the same; fewer are ready for a minute during an upgrade.",
                act="not ready: /readyz and the log say why, most often Kafka. Not up: it does not answer at all.",
                runbook="not-ready",
                also=("target-down",),
            ),
        ),
        rows(
            "Alerts",
            "short",
            Query('count by (alertname, severity, alertstate, namespace) (ALERTS{HERE, alertname=~"Claimwire.*"})'),
            About(
                says="Alerts that fire, and those that will if nothing changes (pending).",
                normal="empty.",
                act="open the page that has the alert's name.",
                runbook="README",
            ),
            called="series",
        ),
        rows(
            "What is running",
            "short",
            Query("count by (namespace, job, version, revision) (claimwire_build_info{HERE})"),
            About(
                says="Processes by what they are and which version they run.",
                normal="one version of each; two during an upgrade.",
                act="two versions for longer than an upgrade: the rollout stands still.",
                runbook="upgrade",
            ),
            called="processes",
        ),
    ),
)

BOARD = Board(
    name="overview",
    title="Overview",
    says="Is the news flowing? Read from the top left: what comes in, what goes out, what is late, what is lost.",
    topic_of="claimwire_consumer_lag_records",
    rows=(_NOW, _FLOW, _LATENCY, _PROMISE, _TROUBLE),
)
