"""The words of the command line that ask for runs."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.problems.new_runs import new_runs, preset_runs, solo_configs, sweep_runs
from core.problems.training_run import find_experiment
from core.training import schedule_text
from core.training.settings import Setting, from_plain, settings_of

ALL = "all"
JSON_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
HINTS = {
    "schedule": " A YAML or JSON file; trained as written unless --balancing targets.",
    "targets": ' As in {"ce": [60, 70]}.',
    "solo": f" {ALL}: one run for each term.",
}


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
        "--sweep",
        default="",
        help='Every combination, as in "learning_rate=1e-3,3e-4; seed=0..2"; '
        "of a preset all its runs.",
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
        return preset_runs(known, from_plain(known.config, plain), preset, sweep)
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
