"""What the workers do: the steps, the processes that run them, partitions, transactions, and whether all adds up."""

from deploy.grafana import process
from deploy.grafana.board import Board, Row
from deploy.grafana.panels import EACH, About, Query, above, heat, lines, number, quantiles, rows

# Every worker tells the lag of every partition, so no choice of processes here: this holds the largest of each.
_LAG = "max by (namespace, topic, partition) (namespace_topic_partition:claimwire_consumer_lag"
_STEP = "claimwire_enrich_step_duration_seconds"

_NOW = Row(
    title="Are the workers working?",
    across=6,
    height=4,
    panels=(
        number(
            "Articles out",
            "suffix:articles/s",
            Query('sum(rate(claimwire_events_terminal_total{POD, outcome!="dead_letter"}[RATE]))'),
            About(
                says="Articles enriched or retracted, and committed.",
                normal="as many as come in; a core does about 30 a second.",
                act="fewer than come in while processes are idle: look at partitions and transactions.",
                runbook="scaling",
            ),
        ),
        number(
            "Time an article, 95 of 100",
            "s",
            Query("histogram_quantile(0.95, sum by (le) (rate(claimwire_enrich_duration_seconds_bucket{POD}[RATE])))"),
            About(
                says="All steps on one article: 95 of 100 took less.",
                normal="below 100 ms; 600 words take about 27.",
                act="see which step takes it, below; long texts or a processor that is taken away.",
                runbook="scaling",
            ),
        ),
        number(
            "Processes busy",
            "percentunit",
            Query('sum(claimwire_pool_processes{POD, state="busy"}) / sum(claimwire_pool_processes{POD})'),
            About(
                says="Share of the language processes that work now.",
                normal="below 0.8 over minutes.",
                act="all, for long: more workers, as long as there are fewer than partitions.",
                runbook="scaling",
            ),
        ),
        number(
            "Wait for a process, half",
            "s",
            Query("histogram_quantile(0.5, sum by (le) (rate(claimwire_pool_wait_seconds_bucket{POD}[RATE])))"),
            About(
                says="How long a record waited until a process was free: half waited less.",
                normal="hundredths of a second.",
                act="above: the workers are full. Add some, or wait if it is a back-fill.",
                runbook="saturated",
            ),
            limit=above(0.3),
        ),
        number(
            "Partitions owned",
            "short",
            Query('sum(claimwire_partitions_assigned{POD, topic=~"$topic"})'),
            About(
                says="Partitions that have a worker.",
                normal="as many as the topic has: 8, if nobody changed it.",
                act="fewer for minutes: nobody reads the others; see who is alive.",
                runbook="partitions-without-owner",
            ),
        ),
        number(
            "Steps failing",
            "percentunit",
            Query(
                'max(sum by (step) (rate(claimwire_enrich_step_total{POD, outcome="error"}[RATE]))'
                " / sum by (step) (rate(claimwire_enrich_step_total{POD}[RATE]))) or vector(0)"
            ),
            About(
                says="How often the worst step failed; the article goes out without what they find.",
                normal="none.",
                act="see which step, below; the log has the article and the trace.",
                runbook="step-failing",
            ),
            limit=above(0.01),
        ),
    ),
)

_STEPS = Row(
    title="Steps",
    across=2,
    panels=(
        lines(
            "Where the time goes",
            "percentunit",
            Query(
                f"sum by (step) (rate({_STEP}_sum{{POD}}[RATE]))"
                f" / on() group_left() sum(rate({_STEP}_sum{{POD}}[RATE]))",
                "{{step}}",
            ),
            about=About(
                says="Share of the time of all steps that each takes.",
                normal="entities takes about half, quotes a sixth; the shares hardly change.",
                act="a share that grew after an upgrade: the new model or rule is slow; make eval measures it.",
                runbook="re-enrich",
            ),
            stacked=True,
        ),
        lines(
            "Time by step, 95 of 100",
            "s",
            Query(f"histogram_quantile(0.95, sum by (le, step) (rate({_STEP}_bucket{{POD}}[RATE])))", "{{step}}"),
            about=About(
                says="One step on one article: 95 of 100 took less.",
                normal="below 50 ms each.",
                act="one step alone is slow: a kind of text it does not like. All: too little processor.",
                runbook="scaling",
            ),
        ),
        lines(
            "Steps that did not end well",
            "suffix:steps/s",
            Query(
                'sum by (step, outcome) (rate(claimwire_enrich_step_total{POD, outcome=~"error|degraded|skipped"}[RATE]))',
                "{{step}}: {{outcome}}",
            ),
            about=About(
                says="skipped: not for this language; degraded: with less than it wants; error: failed.",
                normal="skipped and degraded follow the languages that come in; no errors.",
                act="error: a bug; the log has the article and the trace.",
                runbook="step-failing",
            ),
        ),
        heat(
            "Time an article, spread",
            "s",
            "claimwire_enrich_duration_seconds",
            "POD",
            About(
                says="All steps on one article; a dot is one of them and names its trace.",
                normal="one band between 5 and 100 ms.",
                act="dots far above: find the trace in the logs, look at the text's length and kind.",
                runbook="scaling",
            ),
        ),
    ),
)

_POOL = Row(
    title="Window and processes",
    across=3,
    panels=(
        lines(
            "Window",
            "short",
            Query("sum by (instance, pod) (claimwire_window_in_flight{POD})", EACH),
            about=About(
                says="Records taken from Kafka and not yet committed.",
                normal="goes up and down.",
                act="flat at its top: the worker is full, which is fine for a back-fill. Flat at some other number: "
                "it is stuck.",
                runbook="saturated",
            ),
        ),
        lines(
            "Processes",
            "short",
            Query("sum by (state) (claimwire_pool_processes{POD})", "{{state}}"),
            about=About(
                says="Language processes that are idle and that are busy.",
                normal="some are idle most of the time.",
                act="none idle for long: more workers or more processes each.",
                runbook="scaling",
            ),
            stacked=True,
        ),
        lines(
            "Wait for a process",
            "s",
            *quantiles("claimwire_pool_wait_seconds", "POD"),
            about=About(
                says="How long records waited until a process was free.",
                normal="hundredths of a second.",
                act="half above 0.3 s: the workers are full.",
                runbook="saturated",
            ),
            limit=above(0.3),
        ),
        lines(
            "Processes replaced",
            "suffix:processes",
            Query("sum by (reason) (increase(claimwire_pool_replacements_total{POD}[1h]))", "{{reason}}"),
            about=About(
                says="Processes replaced over an article within the last hour; the article became a dead letter.",
                normal="none.",
                act="the dead letters name the articles. process_died by the dozen: memory runs out.",
                runbook="pool-replacing",
            ),
            limit=above(3),
        ),
        lines(
            "Processor of the language work",
            "suffix:cores",
            Query("sum by (instance, pod) (rate(claimwire_pool_cpu_seconds_total{POD}[RATE]))", EACH),
            about=About(
                says="Cores that the language processes use, on what was committed.",
                normal="about 0.03 for each article a second.",
                act="as many as there are processes: the workers are full.",
                runbook="scaling",
            ),
        ),
        lines(
            "Memory of the language work",
            "bytes",
            Query("sum by (instance, pod) (claimwire_pool_memory_bytes{POD})", EACH),
            about=About(
                says="Memory of the language processes; what they share is counted once.",
                normal="flat after the first articles.",
                act="a rise for hours is a leak; a sudden one an article, see the dead letters for process_died.",
                runbook="pool-replacing",
            ),
        ),
    ),
)

_PARTITIONS = Row(
    title="Partitions",
    across=3,
    panels=(
        lines(
            "Oldest that waits, by partition",
            "s",
            Query(f"{_LAG}_seconds:max{{TOPIC}})", "{{topic}} {{partition}}"),
            about=About(
                says="Age of the oldest record that is not committed, whoever owns the partition.",
                normal="below a few seconds, all alike.",
                act="one alone rises: its worker is stuck on a record. All rise: too much work.",
                runbook="lagging",
            ),
            limit=above(300),
        ),
        lines(
            "Records that wait, by partition",
            "short",
            Query(f"{_LAG}_records:max{{TOPIC}})", "{{topic}} {{partition}}"),
            about=About(
                says="Records that are not committed, whoever owns the partition.",
                normal="some dozens, all alike.",
                act="one alone is high: a producer gives many articles the same key.",
                runbook="lagging",
            ),
            stacked=True,
        ),
        lines(
            "Standing, by partition",
            "s",
            Query(
                "(time() - max by (namespace, topic, partition)"
                " (claimwire_consumer_last_progress_timestamp_seconds{TOPIC}))"
                " * on (namespace, topic, partition) (" + _LAG + "_records:max{TOPIC}) > bool 0)",
                "{{topic}} {{partition}}",
            ),
            about=About(
                says="Seconds since a partition moved on, while records wait there; nothing where none wait.",
                normal="below some seconds.",
                act="minutes: the worker is stuck; its liveness probe restarts it after two.",
                runbook="stalled",
            ),
            limit=above(75),
        ),
        lines(
            "Partitions by worker",
            "short",
            Query('sum by (instance, pod) (claimwire_partitions_assigned{POD, topic=~"$topic"})', EACH),
            about=About(
                says="Partitions that each worker owns.",
                normal="the same number each, and all of the topic's together.",
                act="workers with none are of no use: there are more than partitions.",
                runbook="partitions-without-owner",
            ),
            stacked=True,
        ),
        lines(
            "Rebalances",
            "suffix:rebalances",
            Query("sum by (instance, pod) (increase(claimwire_rebalances_total{POD}[30m]))", EACH),
            about=About(
                says="Times a worker was given partitions, within half an hour; all stand still meanwhile.",
                normal="none, but for upgrades and scaling.",
                act="again and again: a worker is restarted, or does not answer the group in time.",
                runbook="rebalancing",
            ),
            limit=above(6),
        ),
        lines(
            "Age of the lag",
            "s",
            Query(
                "time() - max by (namespace) (claimwire_consumer_lag_measured_timestamp_seconds{HERE})",
                "{{namespace}} since the broker told it",
            ),
            about=About(
                says="How old what is known of the lag is.",
                normal="below 10 s.",
                act="the broker does not answer any worker: look at Kafka.",
                runbook="lag-unknown",
            ),
            limit=above(120),
        ),
    ),
)

_TRANSACTIONS = Row(
    title="Transactions and what became of the records",
    across=3,
    panels=(
        lines(
            "Time of a transaction",
            "s",
            *quantiles("claimwire_transaction_duration_seconds", "POD"),
            about=About(
                says="To send results and commit them: half, 95 and 99 of 100 took less.",
                normal="below 100 ms.",
                act="look at the brokers' disks and at the copies that are out of sync.",
                runbook="lose-a-broker",
            ),
        ),
        lines(
            "Transactions",
            "suffix:transactions/s",
            Query("sum by (instance, pod) (rate(claimwire_transaction_duration_seconds_count{POD}[RATE]))", EACH),
            about=About(
                says="Transactions committed; each holds what was done meanwhile.",
                normal="some a second and worker.",
                act="none while records wait: the worker is stuck.",
                runbook="stalled",
            ),
            stacked=True,
        ),
        lines(
            "Consumed and not accounted for",
            "suffix:records",
            Query(
                "abs(sum by (instance, pod) (claimwire_events_consumed_total{POD})"
                " - sum by (instance, pod) (claimwire_events_terminal_total{POD}))",
                EACH,
            ),
            about=About(
                says="Records whose offset is committed, less the outcomes that are committed.",
                normal="nothing, always.",
                act="anything else is a record lost or counted twice: stop upgrades, keep the logs, read the page.",
                runbook="accounts-differ",
            ),
            limit=above(1),
        ),
        lines(
            "Failed under our hands",
            "suffix:records",
            Query('sum by (reason) (increase(claimwire_dead_letters_total{POD, stage="enrich"}[30m]))', "{{reason}}"),
            about=About(
                says="Articles that became dead letters through us, within half an hour.",
                normal="none.",
                act="each is a bug, or an article that takes too long: the log has it, and it can be sent again.",
                runbook="our-dead-letters",
            ),
            limit=above(1),
        ),
        lines(
            "Dead letters by reason",
            "suffix:records/s",
            Query(
                "sum by (stage, reason) (rate(claimwire_dead_letters_total{POD}[RATE])) > 0", "{{stage}}: {{reason}}"
            ),
            about=About(
                says="Records put aside, by what is wrong with them: decode is the producer's fault, enrich is ours.",
                normal="empty.",
                act="read some with claimwire tail, mend the cause, then send them again with claimwire replay.",
                runbook="many-dead-letters",
            ),
        ),
        lines(
            "Dead letters sent again",
            "suffix:records/s",
            Query("sum by (outcome) (rate(claimwire_dead_letters_replayed_total{POD}[RATE]))", "{{outcome}}"),
            about=About(
                says="What became of dead letters that somebody sent again.",
                normal="nothing, unless somebody does.",
                act="dead_letter again: the cause is not mended.",
                runbook="replay-dead-letters",
            ),
            stacked=True,
        ),
    ),
)

_VERSIONS = Row(
    title="Versions",
    across=2,
    panels=(
        rows(
            "Models",
            "short",
            Query("count by (step, name, version) (claimwire_model_info{POD})"),
            About(
                says="What does each step, in which version, and in how many workers.",
                normal="one line a step; two during an upgrade.",
                act="after a model change articles of before keep the old findings until they are enriched again.",
                runbook="re-enrich",
            ),
            called="workers",
        ),
        rows(
            "Programs",
            "short",
            Query('count by (instance, pod, version, revision) (claimwire_build_info{POD, job="claimwire-enrich"})'),
            About(
                says="Which version each worker runs.",
                normal="the same everywhere.",
                act="two versions for longer than an upgrade: the rollout stands still.",
                runbook="upgrade",
            ),
            called="workers",
        ),
    ),
)

BOARD = Board(
    name="enrich",
    title="Enrich",
    says="What the workers do: steps, processes, partitions, transactions, and whether all adds up.",
    topic_of="claimwire_consumer_lag_records",
    instance_of="claimwire_window_in_flight",
    rows=(_NOW, _STEPS, _POOL, _PARTITIONS, _TRANSACTIONS, process.row("claimwire-enrich"), _VERSIONS),
)
