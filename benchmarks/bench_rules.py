"""Do the rules find planted faults, and leave healthy runs alone? By rule, on frozen seeds.

Thresholds were set on seeds below 100; the statement is made on seeds from 1,000 on.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from benchmarks.measure import Row, best_of, one_thread, own_home
from benchmarks.planted.course import Shape
from benchmarks.planted.fault import faulty
from benchmarks.planted.faults import FAULTS, all_rules, rules_of
from benchmarks.planted.healthy import every_healthy
from benchmarks.planted.real import histories, samples, trained_healthy
from benchmarks.planted.tally import Tally, accusers, first_found
from benchmarks.planted.terms import STEPS, peptides
from benchmarks.planted.trained import trained
from benchmarks.planted.trained_faults import TRAINED_FAULTS
from core.diagnosis.conventions import wilson_interval
from core.diagnosis.engine import diagnose
from core.diagnosis.finding import Severity
from core.diagnosis.held_out import find_judge
from core.history import History

FAULT_SEEDS, HEALTHY_SEEDS = range(1000, 1003), range(1000, 1005)
LEAST_FOUND, MOST_FALSE = 0.95, 0.02
BOUND_S = 2.0
POINTS = 1_000_000
REAL = ", real"

Tallies = dict[str, Tally]


def rows() -> list[Row]:
    """Measure in a state folder of its own, on one thread."""
    tallies: Tallies = defaultdict(Tally)
    with one_thread(), own_home():
        _plant(tallies)
        _train(tallies)
        accused = _leave_alone(tallies)
        return [*_by_rule(tallies), *_overall(tallies, accused), *_speed()]


def _plant(tallies: Tallies) -> None:
    for fault in FAULTS:
        for seed in FAULT_SEEDS:
            course, step = faulty(fault, seed)
            steps = [int(at) for at in course.evaluation_steps() if at >= step]
            told = f"{fault.kind}, {fault.name}, seed {seed}"
            _count(tallies, told, fault.kind, course.history(), (fault.rules, fault.least, steps))


def _train(tallies: Tallies) -> None:
    for fault in TRAINED_FAULTS:
        for seed in FAULT_SEEDS:
            history = trained(fault.kind, seed, fault)
            begun = history.last_step // 2 if fault.wrap or fault.later else 0
            steps = [at for at in _evaluations(history) if at >= begun]
            told = f"{fault.kind}, {fault.name}, trained, seed {seed}"
            _count(tallies, told, fault.kind, history, (fault.rules, fault.least, steps))
    for name, kind, history, rules in samples():
        if rules:
            _count(tallies, name, kind, history, (rules, "warn", _evaluations(history)))


def _evaluations(history: History) -> list[int]:
    judge = find_judge(history)
    return judge.points(history).step.tolist() if judge else []


def _count(
    tallies: Tallies, name: str, kind: str, history: History,
    wanted: tuple[Sequence[str], Severity, Sequence[int]],
) -> None:  # fmt: skip
    rules, least, steps = wanted
    known = {rule.id: rule for rule in rules_of(kind)}
    for rule in rules:
        delay = first_found(known[rule], history, steps, least)
        if delay is None:
            tallies[rule].missed.append(name)
        else:
            tallies[rule].found += 1
            tallies[rule].delays.append(delay)


def _healthy() -> Iterator[tuple[str, str, History]]:
    for name, course in every_healthy(HEALTHY_SEEDS):
        yield name, course.kind, course.history()
    own = ((name, kind, history) for name, kind, history, rules in samples() if not rules)
    for name, kind, history in chain(trained_healthy(HEALTHY_SEEDS), own, histories()):
        yield name + REAL, kind, history


def _leave_alone(tallies: Tallies) -> dict[str, bool]:
    """Ask all rules of every healthy run; gives by name whether any warned."""
    accused: dict[str, bool] = {}
    for place, (name, kind, history) in enumerate(_healthy()):
        found = accusers(kind, history)
        accused[f"{place} {name}"] = bool(found)
        for rule in rules_of(kind):
            tallies[rule.id].healthy += 1
            if rule.id in found:
                tallies[rule.id].false.append(name)
    return accused


def _by_rule(tallies: Tallies) -> Iterator[Row]:
    for rule in sorted(all_rules().values(), key=lambda one: one.id):
        told = tallies[rule.id]
        count, false = told.found + len(told.missed), len(told.false)
        missed = f" ({'; '.join(told.missed)})" if told.missed else ""
        accused = f" ({'; '.join(sorted(set(told.false)))})" if false else ""
        yield Row(
            f"Rule {rule.id}, {rule.title}",
            f"found {told.found} of {count}, missed {len(told.missed)}{missed}, median delay "
            f"{told.delay:g} evaluations, false alarms {_share(false, told.healthy)}{accused}",
            f"at least {100 * LEAST_FOUND:g} % found, at most {100 * MOST_FALSE:g} % false",
            count > 0 and told.found >= LEAST_FOUND * count and false <= MOST_FALSE * told.healthy,
        )


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count / total, total) if total else (0.0, 1.0)
    return f"{count} of {total} ({100 * low:.1f} to {100 * high:.1f} %)"


def _overall(tallies: Tallies, accused: dict[str, bool]) -> Iterator[Row]:
    found = sum(told.found for told in tallies.values())
    count = found + sum(len(told.missed) for told in tallies.values())
    yield Row(
        f"Planted faults found, {len(FAULTS)} simulated and {len(TRAINED_FAULTS)} trained kinds",
        f"{100 * found / count:.1f} %, {_share(found, count)}",
        f"at least {100 * LEAST_FOUND:g} %",
        found >= LEAST_FOUND * count,
    )
    simulated = len(accused) - sum(name.endswith(REAL) for name in accused)
    for words, own in (("Healthy runs", ""), ("Of them real ones", REAL)):
        told = [is_accused for name, is_accused in accused.items() if name.endswith(own)]
        yield Row(
            f"{words} with any warning or error, at their end or at any tenth of them",
            f"{100 * sum(told) / len(told):.1f} %, {_share(sum(told), len(told))}; "
            f"{simulated} of all are simulated",
            f"below {100 * MOST_FALSE:g} %",
            sum(told) < MOST_FALSE * len(told),
        )


def _speed() -> Iterator[Row]:
    """Ask all rules of a run of a million points, and of one of a million steps."""
    for scale, evaluations in ((POINTS / 43_000, 400), (POINTS / STEPS, 1000)):
        history = peptides(0, Shape(scale=scale, evaluations=evaluations)).history()
        count = sum(len(series) for series in history.series.values())
        steps = max(len(series) for series in history.series.values())
        ask = partial(diagnose, history, rules_of("peptide"))
        seconds = best_of(ask, repeat=3)
        yield Row(
            f"Findings of {count:,} points, {len(history.series)} metrics of up to {steps:,} steps",
            f"{seconds:.2f} s",
            f"at most {BOUND_S:g} s",
            count >= POINTS and seconds <= BOUND_S,
        )
