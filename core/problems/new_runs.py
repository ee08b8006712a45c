"""New runs: from the words of the command line, and a solo run for each term."""

import argparse
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InputError
from core.problems.experiment import Experiment
from core.problems.training_run import find_experiment
from core.runs.folder import new_run
from core.training import schedule_text
from core.training.config import TrainingConfig
from core.training.device import pick_device
from core.training.settings import Setting, from_plain, settings_of, to_plain

Config = TypeVar("Config", bound=TrainingConfig)
ALL = "all"
JSON_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
HINTS = {
    "schedule": " A YAML or JSON file; trained as written unless --balancing targets.",
    "targets": ' As in {"ce": [60, 70]}.',
    "solo": f" {ALL}: one run for each term.",
}


def solo_configs(known: Experiment, config: Config) -> tuple[Config, ...]:
    """Give a configuration for each term alone, all else equal: the same seed and budget."""
    # One term leaves nothing to balance.
    return tuple(replace(config, solo=term, balancing="schedule") for term in known.terms)


def new_runs(
    known: Experiment,
    configs: Sequence[TrainingConfig],
    *,
    name: str = "",
    label: Callable[[Any], str] = lambda config: config.solo and f"{config.solo} alone",
) -> tuple[Path, ...]:
    """Make a run folder for each configuration; several share a group.

    Args:
        known: The experiment of all of them.
        configs: At least one.
        name: What a person calls them.
        label: What is put behind the name where there are several.

    Raises:
        InputError: A schedule does not fit, a term is unknown, or a file cannot be used; no
            folder is made then.
        UnavailableError: The device is not there, or the disk is full or cannot be written.
    """
    for config in configs:
        known.schedule(config)
        _check_terms(known, config)
        pick_device(config.device)
        if known.check:
            known.check(config)
    if len(configs) == 1:
        return (new_run(known.name, to_plain(configs[0]), name=name),)
    group = f"{known.name}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    return tuple(
        new_run(
            known.name,
            to_plain(config),
            name=" ".join(filter(None, (name, label(config)))),
            group=group,
        )
        for config in configs
    )


def _check_terms(known: Experiment, config: TrainingConfig) -> None:
    for option, terms in {"targets": tuple(config.targets), "solo": (config.solo,)}.items():
        strange = [term for term in terms if term and term not in known.terms]
        if strange:
            raise InputError(option, expected="terms out of " + ", ".join(known.terms),
                             came=", ".join(strange), do="Correct it")  # fmt: skip


def runs_of_words(words: Sequence[str], parser: argparse.ArgumentParser) -> tuple[Path, ...]:
    """Make the runs that the words behind `train` ask for.

    Args:
        words: Name of the experiment, then options.
        parser: Empty; gets every option of the experiment's configuration.

    Raises:
        InputError: The experiment is unknown or an option cannot be used; no folder is made then.
    """
    known = find_experiment(words[0] if words else "")
    options = settings_of(known.config)
    parser.prog, parser.description = f"{parser.prog} {known.name}", known.summary
    parser.add_argument("--name", default="", help="What the run is called in lists.")
    for option in options:
        names = (option.name.replace("_", "-"), option.name, *option.aliases)
        flags = dict.fromkeys(f"--{name}" for name in names)
        parser.add_argument(*flags, dest=option.name, metavar="VALUE", help=_help(option))
    asked: dict[str, Any] = vars(parser.parse_args(words[1:]))
    name = asked.pop("name")
    plain = {o.name: _value(o, asked[o.name]) for o in options if asked[o.name] is not None}
    if "schedule" in plain:  # whoever brings weights means them
        plain.setdefault("balancing", "schedule")
    is_all = plain.get("solo") == ALL
    config = from_plain(known.config, plain | ({"solo": ""} if is_all else {}))
    return new_runs(known, solo_configs(known, config) if is_all else (config,), name=name)


def _help(option: Setting) -> str:
    unit = f" {option.unit}" if option.unit else ""
    default = "" if option.kind == "other" else f" [{option.default}{unit}]"
    choices = f" ({', '.join(option.choices)})" if option.choices else ""
    # argparse fills in %, which also stands for percent.
    return f"{option.help}{HINTS.get(option.name, '')}{choices}{default}".replace("%", "%%")


def _value(option: Setting, text: str) -> object:
    """Read a word of the command line into what a file would hold."""
    if option.kind == "text":
        return text
    if option.name == "schedule":
        return _schedule(Path(text))
    try:
        return json.loads(text)
    except ValueError as error:
        expected = JSON_KINDS.get(option.kind, "JSON")
        raise InputError(
            f"--{option.name}", expected=expected, came=text[:60] or "nothing", do="Correct it"
        ) from error


def _schedule(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "--schedule", expected="a text file that can be read", came=str(path),
            do="Correct the path",
        ) from error  # fmt: skip
    read = schedule_text.from_json if path.suffix == ".json" else schedule_text.from_yaml
    return schedule_text.to_plain(read(text, name=path.name))
