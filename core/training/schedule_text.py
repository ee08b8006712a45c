"""A schedule as YAML, JSON or Python text, and back; what comes back is equal to what went out."""

import json
from collections.abc import Sequence
from pprint import pformat
from typing import NoReturn

import yaml

from core.errors import InputError
from core.training.curriculum import Schedule, Stage
from core.training.plain_values import (
    Locate,
    Path,
    read_list,
    read_mapping,
    read_number,
    read_text,
    read_whole,
    refuse,
    relocate,
    spell,
)
from core.training.yaml_lines import line_of, load_plain, refuse_doubles

FIELDS = ("name", "start_step", "end_step", "weights", "clean_share", "expected", "sigma_da")
LONGEST_TEXT = 1_000_000


def to_plain(schedule: Schedule) -> dict[str, object]:
    """Turn a schedule into lists, dicts, numbers and text; leaves out what is not set."""
    stages: list[dict[str, object]] = []
    for stage in schedule.stages:
        weights = {term: stage.weights[term] for term in schedule.terms}
        plain = {field: getattr(stage, field) for field in FIELDS} | {"weights": weights}
        stages.append({key: value for key, value in plain.items() if value not in ("", None)})
    return {"terms": list(schedule.terms), "stages": stages}


def to_yaml(schedule: Schedule) -> str:
    """Write a schedule as YAML."""
    return yaml.safe_dump(to_plain(schedule), sort_keys=False, allow_unicode=True, width=2**31)


def to_json(schedule: Schedule) -> str:
    """Write a schedule as JSON."""
    return json.dumps(to_plain(schedule), indent=2, ensure_ascii=False, allow_nan=False)


def to_python(schedule: Schedule) -> str:
    """Write a schedule as one Python expression of plain dicts and lists, to be pasted."""
    return pformat(to_plain(schedule), sort_dicts=False, width=100)


def from_plain(plain: object, *, name: str = "schedule") -> Schedule:
    """Read what `to_plain` gives.

    Raises:
        InputError: A field is missing, unknown or of the wrong kind; it names the place.
    """
    return _read(plain, lambda path: ", ".join(filter(None, (name, spell(path)))))


def from_yaml(text: str, *, name: str = "schedule.yaml") -> Schedule:
    """Read a schedule from YAML; makes plain values only, whatever tags the text holds.

    Does not follow aliases or merge keys: each value stands where it counts.

    Args:
        text: The file's text, at most 1 MB.
        name: What messages call it.

    Raises:
        InputError: The text is not YAML, holds an alias, a merge key or a key twice, or is no
            schedule; with the line.
    """
    _check_length(text, name)
    try:
        root, plain = load_plain(text)
    except yaml.MarkedYAMLError as error:
        at = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        refuse(name + at, "YAML", error.problem or "something else")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        refuse(name, "YAML", str(error).splitlines()[0])

    def locate(path: Path) -> str:
        place = f"{name}, line {line_of(root, path)}"
        return f"{place}, {spell(path)}" if path else place

    refuse_doubles(root, (), locate)
    return _read(plain, locate)


def from_json(text: str, *, name: str = "schedule.json") -> Schedule:
    """Read a schedule from strict JSON.

    Args:
        text: The file's text, at most 1 MB.
        name: What messages call it.

    Raises:
        InputError: The text is not JSON (NaN is not), holds a key twice, or is no schedule.
    """
    _check_length(text, name)

    def once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise ValueError("the same key twice in " + ", ".join(key for key, _ in pairs)[:100])
        return made

    def no_constant(value: str) -> NoReturn:
        raise ValueError(f"{value}, which is not JSON")

    try:
        plain = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        refuse(f"{name}, line {error.lineno}", "JSON", error.msg)
    except (ValueError, RecursionError) as error:
        refuse(name, "JSON with each key once and finite numbers", str(error))
    return from_plain(plain, name=name)


def _read(plain: object, locate: Locate) -> Schedule:
    root = read_mapping(plain, (), locate, needed=("terms", "stages"))
    terms = tuple(
        read_text(term, ("terms", i), locate)
        for i, term in enumerate(read_list(root["terms"], ("terms",), locate))
    )
    stages = read_list(root["stages"], ("stages",), locate)
    read = tuple(_stage(stage, ("stages", i), locate) for i, stage in enumerate(stages))
    try:
        return Schedule(terms, read)
    except InputError as error:
        relocate(error, locate(("stages",)))


def _stage(plain: object, path: Path, locate: Locate) -> Stage:
    needed = ("name", "start_step", "end_step", "weights")
    field = read_mapping(plain, path, locate, needed=needed, optional=FIELDS)
    weights = read_mapping(field["weights"], (*path, "weights"), locate)
    sigma = field.get("sigma_da")
    try:
        return Stage(
            name=read_text(field["name"], (*path, "name"), locate),
            start_step=read_whole(field["start_step"], (*path, "start_step"), locate),
            end_step=read_whole(field["end_step"], (*path, "end_step"), locate),
            weights={
                term: read_number(value, (*path, "weights", term), locate)
                for term, value in weights.items()
            },
            clean_share=read_number(field.get("clean_share", 1.0), (*path, "clean_share"), locate),
            expected=read_text(field.get("expected", ""), (*path, "expected"), locate),
            sigma_da=None if sigma is None else read_number(sigma, (*path, "sigma_da"), locate),
        )
    except InputError as error:
        if error.where.startswith("stage "):
            relocate(error, locate(path))
        raise


def _check_length(text: str, name: str) -> None:
    if len(text) > LONGEST_TEXT:
        refuse(name, f"at most {LONGEST_TEXT:,} characters", f"{len(text):,}")
