"""Measures how fast each step is, in words a second of one core, over different articles in ten languages."""

import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.quality.markdown import share, table
from bench.texts import LANGUAGES, Text, annotated, seeds, words_of
from services.enrich.nlp.document import Document
from services.enrich.resources import Resources
from services.enrich.steps import STEPS, run_steps

_WORDS_A_LANGUAGE = 20_000
# What everything else builds on; `python -m bench.nlp` compares these with spaCy.
_CORE = ("language", "sentences", "entities")


def section(data: Path, resources: Resources) -> str:
    """Return the table by step."""
    own = seeds()
    texts = own + annotated(data / "ner", words=_WORDS_A_LANGUAGE)
    measure(own, resources)  # the first articles of a process pay for what is loaded late
    seconds = measure(texts, resources)
    languages = {text.language for text in texts}.intersection(LANGUAGES)
    words = sum(words_of(text.text) for text in texts)
    note = (
        f"{words:,} words (what stands between spaces) in {len(texts)} articles, each once, in {len(languages)} languages: "
        "the seeds, and sentences of `DATA/ner` joined to articles. Seconds of processor time of one thread, so that "
        "whatever else runs on the machine matters less; no Kafka, no JSON.\n"
    )
    if len(texts) == len(own):
        note += "\nThere is no `DATA/ner`, so these are the seeds alone: too few words to rely on.\n"
    return f"{note}\n{_by_step(words, seconds)}\n{_loading()}\n"


def _loading() -> str:
    """Return what a process pays before its first article: measured in one of its own."""
    program = (
        "import time; started = time.process_time(); from services.enrich.resources import Resources; "
        "kept = Resources.load(); seconds = time.process_time() - started; import re; from pathlib import Path; "
        "print(seconds, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    seconds, kibibytes = map(float, made.stdout.split())
    return (
        f"Loading everything takes a process {seconds:.1f} s and {kibibytes / 1024:.0f} MiB; the processes of a worker "
        "share most of it."
    )


def measure(texts: Iterable[Text], resources: Resources) -> dict[str, float]:
    """Return the seconds of processor time by step."""
    seconds = dict.fromkeys((step.name for step in STEPS), 0.0)
    for text in texts:
        _, _, timings = run_steps(Document(text=text.text), resources, timer=time.process_time)
        for timing in timings:
            seconds[timing.step] += timing.seconds
    return seconds


def _by_step(words: int, seconds: Mapping[str, float]) -> str:
    groups: list[tuple[str, Sequence[str]]] = [(step.name, [step.name]) for step in STEPS]
    groups += [("**" + " + ".join(_CORE) + "**", _CORE), ("**all steps**", [step.name for step in STEPS])]
    whole = sum(seconds.values())
    rows = []
    for name, steps in groups:
        spent = sum(seconds[step] for step in steps)
        rows.append((name, f"{words / spent:,.0f}", share(spent, whole)))
    return table(("step", "words/s", "share of the time"), rows)
