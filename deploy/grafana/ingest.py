"""What happens at the door: requests, the articles in them, and what Kafka says to it."""

from deploy.grafana import process
from deploy.grafana.board import Board, Row
from deploy.grafana.panels import EACH, About, Query, above, heat, lines, number, quantiles

# What producers ask for; probes and scrapes are quick, many, and nobody's concern.
_API = 'POD, route=~"/v1/.+"'
_SECONDS = "claimwire_http_request_duration_seconds"

_ERRORS = (
    f'(sum(rate(claimwire_http_requests_total{{{_API}, code=~"5..", code!="503"}}[RATE])) or vector(0))'
    f" / sum(rate(claimwire_http_requests_total{{{_API}}}[RATE]))"
)
_UNDELIVERED = (
    'sum(rate(claimwire_produce_total{POD, topic=~"$topic", outcome=~"timeout|error"}[RATE]))'
    ' / sum(rate(claimwire_produce_total{POD, topic=~"$topic"}[RATE]))'
)

_NOW = Row(
    title="At the door",
    across=6,
    height=4,
    panels=(
        number(
            "Requests",
            "reqps",
            Query(f"sum(rate(claimwire_http_requests_total{{{_API}}}[RATE]))"),
            About(
                says="Requests of producers.",
                normal="follows the day of the newsrooms.",
                act="none at all: ask a producer what it is answered, then look at the network's way in.",
                runbook="no-articles",
            ),
        ),
        number(
            "Server errors",
            "percentunit",
            Query(_ERRORS),
            About(
                says="Share of producers' requests that failed because of us: 5xx but 503, which says that Kafka cannot take it.",
                normal="none.",
                act="a bug: the log has its trace.",
                runbook="server-errors",
            ),
            limit=above(0.01),
        ),
        number(
            "Latency, 95 of 100",
            "s",
            Query(f"histogram_quantile(0.95, sum by (le) (rate({_SECONDS}_bucket{{{_API}}}[RATE])))"),
            About(
                says="95 of 100 requests were answered faster; most of it is Kafka's confirmation.",
                normal="below 100 ms for single articles; batches take as long as they are.",
                act="compare with Kafka's confirmation, below: the difference is ours.",
                runbook="produce-failing",
            ),
        ),
        number(
            "Articles accepted",
            "suffix:articles/s",
            Query('sum(rate(claimwire_articles_submitted_total{POD, outcome="accepted"}[RATE]))'),
            About(
                says="Articles that Kafka confirmed.",
                normal="follows the day of the newsrooms; hardly ever nothing for half an hour.",
                act="none while there are requests: see what was rejected or failed, below.",
                runbook="no-articles",
            ),
        ),
        number(
            "Articles rejected",
            "percentunit",
            Query(
                'sum(rate(claimwire_articles_submitted_total{POD, outcome="rejected"}[RATE]))'
                " / sum(rate(claimwire_articles_submitted_total{POD}[RATE]))"
            ),
            About(
                says="Share of the articles that were refused because something is wrong with them.",
                normal="near none.",
                act="see the reasons below and tell the producer; each answer names the field.",
                runbook="many-dead-letters",
            ),
        ),
        number(
            "Records not delivered",
            "percentunit",
            Query(_UNDELIVERED),
            About(
                says="Share of the records that Kafka did not confirm.",
                normal="none.",
                act="look at the brokers: minimum of copies in sync, disk, network.",
                runbook="produce-failing",
            ),
            limit=above(0.05),
        ),
    ),
)

_REQUESTS = Row(
    title="Requests",
    across=3,
    panels=(
        lines(
            "By route",
            "reqps",
            Query("sum by (route, method) (rate(claimwire_http_requests_total{POD}[RATE]))", "{{method}} {{route}}"),
            about=About(
                says="Requests by route, those of probes and of Prometheus too.",
                normal="probes and scrapes are flat.",
                act="many on 'unmatched' are somebody's scan, or a producer with a wrong address.",
                runbook="no-articles",
            ),
            stacked=True,
        ),
        lines(
            "By answer",
            "reqps",
            Query(f"sum by (code) (rate(claimwire_http_requests_total{{{_API}}}[RATE]))", "{{code}}"),
            about=About(
                says="Producers' requests by status; 499 is a client that did not wait for the answer.",
                normal="202 and 200.",
                act="4xx: a producer's mistake. 503: Kafka. 499: a client's timeout is shorter than Kafka takes.",
                runbook="server-errors",
            ),
            stacked=True,
        ),
        lines(
            "In flight",
            "short",
            Query("sum by (route) (claimwire_http_requests_in_flight{POD})", "{{route}}"),
            about=About(
                says="Requests that are being answered now.",
                normal="fewer than ten.",
                act="a rise that stays: Kafka is slow, or clients send slowly; more processes do not help the first.",
                runbook="produce-failing",
            ),
            stacked=True,
        ),
        lines(
            "Server errors by route",
            "percentunit",
            Query(
                f'(sum by (route) (rate(claimwire_http_requests_total{{{_API}, code=~"5..", code!="503"}}[RATE]))'
                f" or 0 * sum by (route) (rate(claimwire_http_requests_total{{{_API}}}[RATE])))"
                f" / sum by (route) (rate(claimwire_http_requests_total{{{_API}}}[RATE]))",
                "{{route}}",
            ),
            about=About(
                says="Share of each route's requests that were answered with 5xx but 503.",
                normal="none.",
                act="a bug: the log has its trace.",
                runbook="server-errors",
            ),
            limit=above(0.01),
        ),
        lines(
            "Latency by route, 95 of 100",
            "s",
            Query(
                f"histogram_quantile(0.95, sum by (le, route) (rate({_SECONDS}_bucket{{{_API}}}[RATE])))", "{{route}}"
            ),
            about=About(
                says="95 of 100 requests of a route were answered faster.",
                normal="below 100 ms for single articles.",
                act="compare with Kafka's confirmation, below.",
                runbook="produce-failing",
            ),
        ),
        heat(
            "Latency, spread",
            "s",
            _SECONDS,
            _API,
            About(
                says="How many of the producers' requests took how long; a dot is one of them and names its trace.",
                normal="one band; batches make a second one above.",
                act="a band at 10 s is Kafka's timeout.",
                runbook="produce-failing",
            ),
        ),
    ),
)

_ARTICLES = Row(
    title="Articles",
    across=3,
    panels=(
        lines(
            "By outcome",
            "suffix:articles/s",
            Query("sum by (outcome) (rate(claimwire_articles_submitted_total{POD}[RATE]))", "{{outcome}}"),
            about=About(
                says="Articles accepted, rejected (theirs) and failed (ours: the producer sends them again).",
                normal="almost all accepted.",
                act="failed: look at Kafka. Rejected: see the reasons beside it.",
                runbook="produce-failing",
            ),
            stacked=True,
        ),
        lines(
            "Rejected, by reason",
            "suffix:articles/s",
            Query("sum by (reason) (rate(claimwire_articles_rejected_total{POD}[RATE]))", "{{reason}}"),
            about=About(
                says="Why articles were refused at the door.",
                normal="few, of the same reasons as yesterday.",
                act="a new reason after a producer's release: tell them; the answers name the field.",
                runbook="many-dead-letters",
            ),
            stacked=True,
        ),
        heat(
            "Size",
            "bytes",
            "claimwire_article_body_bytes",
            "POD",
            About(
                says="Size of articles as JSON.",
                normal="some KiB: 600 words are about four.",
                act="a band near 4 MiB is no news: somebody sends whole sites, and what is larger is refused.",
                runbook="many-dead-letters",
            ),
        ),
    ),
)

_KAFKA = Row(
    title="Kafka",
    across=3,
    panels=(
        lines(
            "Records by outcome",
            "suffix:records/s",
            Query(
                'sum by (outcome) (rate(claimwire_produce_total{POD, topic=~"$topic"}[RATE]))',
                "{{outcome}}",
            ),
            about=About(
                says="Records sent, by what Kafka said.",
                normal="all delivered.",
                act="timeout: brokers are slow or away. error: the log names it. too_large: the topic's limit is "
                "below ours; compare with claimwire topics describe.",
                runbook="produce-failing",
            ),
            stacked=True,
        ),
        lines(
            "Time to confirmation",
            "s",
            *quantiles("claimwire_produce_duration_seconds", 'POD, topic=~"$topic"'),
            about=About(
                says="How long Kafka took to confirm: half, 95 and 99 of 100 were faster.",
                normal="some milliseconds.",
                act="look at the brokers' disks and at the copies that are out of sync.",
                runbook="produce-failing",
            ),
        ),
        lines(
            "Records in flight",
            "short",
            Query("sum by (instance, pod) (claimwire_produce_in_flight{POD})", EACH),
            about=About(
                says="Records that wait for Kafka's confirmation.",
                normal="near none.",
                act="a rise that stays: Kafka takes less than comes in; soon requests are answered with 503.",
                runbook="produce-failing",
            ),
        ),
    ),
)

BOARD = Board(
    name="ingest",
    title="Ingest",
    says="What happens at the door: requests, the articles in them, and what Kafka says to it.",
    topic_of="claimwire_produce_total",
    instance_of="claimwire_produce_in_flight",
    rows=(_NOW, _REQUESTS, _ARTICLES, _KAFKA, process.row("claimwire-ingest")),
)
