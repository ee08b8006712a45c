"""The events that a checked log tells."""

from collections.abc import Iterator

from core.events import Event, Measured, Noted, RunEnded, RunStarted
from core.importers.history_notes import extras_note
from core.importers.json_file import refuse
from core.importers.log import Log
from core.importers.names import limited
from core.importers.points import Points

MOST_SHOWN = 12


def tell(log: Log) -> Iterator[Event]:
    """Give the events of a log: its start, what is worth a sentence, each step once, its end."""
    yield _start(log)
    for text in filter(None, (extras_note(log.left_out), *log.notes)):
        yield Noted(0, log.first_s, text)
    yield from _measured(log)
    last_step = max(metric.last_step for metric in log.metrics)
    yield RunEnded(last_step, log.last_s, log.outcome, log.text)


def _start(log: Log) -> RunStarted:
    keys = [metric.key for metric in log.metrics]
    terms = [key.split("/")[1] for key in keys if key.startswith("train/") and key.endswith("/raw")]
    renamed = [f"{metric.name} is {metric.key}" for metric in log.metrics
               if metric.key != metric.name]  # fmt: skip
    facts = {"x axis": log.axis, "source": log.source}
    facts |= {"run": log.run} if log.run else {}
    if renamed:
        more = f" and {len(renamed) - MOST_SHOWN:,} more" if len(renamed) > MOST_SHOWN else ""
        facts["names"] = ", ".join(map(limited, renamed[:MOST_SHOWN])) + more
    return RunStarted(
        0,
        log.first_s,
        log.format,
        log.config,
        tuple(dict.fromkeys(terms)),
        facts={**facts, **log.facts},
    )


def _measured(log: Log) -> Iterator[Measured]:
    keys = {metric.name: metric.key for metric in log.metrics}
    newest, time_s, values = -1, log.first_s, dict[str, float]()
    for block in log.blocks():
        own = [keys.get(name, name) for name in block.names]
        for step, at_s, metric, value in _rows(block, log):
            if step != newest and values:
                yield Measured(newest, time_s, values)
                values = {}
            if step < newest:
                refuse(log.source, "the file that was checked a moment ago", "another one",
                       "Import it again, once nobody writes it")  # fmt: skip
            newest, time_s = step, at_s
            values[own[metric]] = value
    if values:
        yield Measured(newest, time_s, values)


def _rows(block: Points, log: Log) -> Iterator[tuple[int, float, int, float]]:
    at_s = block.time_s + log.shift_s
    at_s[~(abs(at_s) < 1e300)] = log.last_s  # unknown
    return zip(block.step.tolist(), at_s.tolist(), block.metric.tolist(), block.value.tolist(),
               strict=True)  # fmt: skip
