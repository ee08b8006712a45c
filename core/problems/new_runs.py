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
from core.problems.sweeps import read_sweep, sweep_configs, sweep_label
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
        _check(known, config)
    if len(configs) == 1:
        return (new_run(known.name, to_plain(configs[0]), name=name),)
    group = _new_group(known)
    return tuple(
        new_run(
            known.name,
            to_plain(config),
            name=" ".join(filter(None, (name, label(config)))),
            group=group,
        )
        for config in configs
    )


def preset_runs(known: Experiment, config: TrainingConfig, preset: str) -> tuple[Path, ...]:
    """Make the runs of a preset; in a chain each goes on with the model of the one before.

    Args:
        known: The experiment.
        config: What the preset does not say.
        preset: Its name.

    Raises:
        InputError: There is no such preset, or its options do not go with the others; no folder is
            made then.
        UnavailableError: The disk is full or cannot be written.
    """
    if preset not in known.presets:
        raise InputError("preset", expected="one of " + (", ".join(known.presets) or "none here"),
                         came=preset[:60] or "nothing", do="Choose one of these")  # fmt: skip
    asked, chosen = to_plain(config), known.presets[preset]
    configs = {n: from_plain(known.config, {**asked, **own}) for n, own in chosen.runs.items()}
    for own in configs.values():
        _check(known, own)
    group, folders = _new_group(known), list[Path]()
    for name, own in configs.items():
        before = {known.goes_on_by: folders[-1].name} if chosen.is_chain and folders else {}
        title = f"{chosen.title}, {name}" if len(configs) > 1 else chosen.title
        folders.append(new_run(known.name, to_plain(own) | before, name=title, group=group))
    return tuple(folders)


def sweep_runs(
    known: Experiment, config: TrainingConfig, sweep: str, *, name: str = ""
) -> tuple[Path, ...]:
    """Make a run for each combination of some options.

    Args:
        known: The experiment.
        config: What is not varied.
        sweep: See `read_sweep`.
        name: What a person calls them.

    Raises:
        InputError: The sweep cannot be read, or a combination cannot be trained; no folder is made.
        UnavailableError: The disk is full or cannot be written.
    """
    values = read_sweep(sweep)
    configs = sweep_configs(known, config, values)
    return new_runs(known, configs, name=name, label=lambda own: sweep_label(values, own))


def _new_group(known: Experiment) -> str:
    return f"{known.name}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def _check(known: Experiment, config: TrainingConfig) -> None:
    """Refuse what would fail later, before a folder is made."""
    known.schedule(config)
    _check_terms(known, config)
    pick_device(config.device)
    if known.check:
        known.check(config)


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
    parser.add_argument(
        "--sweep", default="", help='Every combination, as in "learning_rate=1e-3,3e-4; seed=0..2".'
    )
    if known.presets:
        told = "; ".join(f"{name}: {preset.help}" for name, preset in known.presets.items())
        parser.add_argument("--preset", default="", help=f"Ready-made runs. {told}")
    for option in options:
        names = (option.name.replace("_", "-"), option.name, *option.aliases)
        flags = dict.fromkeys(f"--{name}" for name in names)
        parser.add_argument(*flags, dest=option.name, metavar="VALUE", help=_help(option))
    asked: dict[str, Any] = vars(parser.parse_args(words[1:]))
    name, preset, sweep = asked.pop("name"), asked.pop("preset", ""), asked.pop("sweep")
    plain = {o.name: _value(o, asked[o.name]) for o in options if asked[o.name] is not None}
    if "schedule" in plain:  # whoever brings weights means them
        plain.setdefault("balancing", "schedule")
    if preset:
        return preset_runs(known, from_plain(known.config, plain), preset)
    if sweep:
        return sweep_runs(known, from_plain(known.config, plain), sweep, name=name)
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
