"""New runs: one of a configuration, one for each term, those of presets and of sweeps."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InputError
from core.problems.experiment import Experiment, Preset
from core.problems.sweeps import read_sweep, sweep_configs, sweep_label
from core.runs.folder import new_run
from core.training.config import TrainingConfig
from core.training.device import pick_device
from core.training.settings import from_plain, to_plain

Config = TypeVar("Config", bound=TrainingConfig)


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


def preset_runs(
    known: Experiment, config: TrainingConfig, preset: str, sweep: str = ""
) -> tuple[Path, ...]:
    """Make the runs of a preset; in a chain each goes on with the model of the one before.

    Args:
        known: The experiment.
        config: What the preset does not say.
        preset: Its name.
        sweep: See `read_sweep`: the whole preset for every combination, all in one group.

    Raises:
        InputError: There is no such preset, its options do not go with the others, or a sweep
            varies what the preset says; no folder is made then.
        UnavailableError: The disk is full or cannot be written.
    """
    if preset not in known.presets:
        raise InputError("preset", expected="one of " + (", ".join(known.presets) or "none here"),
                         came=preset[:60] or "nothing", do="Choose one of these")  # fmt: skip
    chosen, values = known.presets[preset], read_sweep(sweep)
    if chosen.needs_model and not getattr(config, known.goes_on_by):
        raise InputError(known.goes_on_by, expected="a run or file whose model this preset goes on "
                         "with", came="none", do="Name one among the options")  # fmt: skip
    if said := sorted(values.keys() & {name for own in chosen.runs.values() for name in own}):
        raise InputError("sweep", expected="options that the preset leaves open",
                         came=", ".join(said), do="Vary others")  # fmt: skip
    rounds = [
        (sweep_label(values, asked), _of_preset(known, chosen, asked))
        for asked in (sweep_configs(known, config, values) if values else (config,))
    ]
    group = _new_group(known)
    return tuple(
        folder
        for label, configs in rounds
        for folder in _make(known, chosen, label, configs, group)
    )


def _of_preset(
    known: Experiment, chosen: Preset, asked: TrainingConfig
) -> dict[str, TrainingConfig]:
    """Give the configuration of each run of a preset, checked."""
    plain = to_plain(asked)
    configs = {name: from_plain(known.config, plain | dict(o)) for name, o in chosen.runs.items()}
    for number, own in enumerate(configs.values()):
        _check(known, own, follows=chosen.is_chain and number > 0)
    return configs


def _make(
    known: Experiment,
    chosen: Preset,
    label: str,
    configs: Mapping[str, TrainingConfig],
    group: str,
) -> list[Path]:
    """Make the folders of one round of a preset."""
    folders = list[Path]()
    for name, own in configs.items():
        before = {known.goes_on_by: folders[-1].name} if chosen.is_chain and folders else {}
        said = filter(None, (chosen.title, name if len(configs) > 1 else "", label))
        plain = to_plain(own) | before
        folders.append(new_run(known.name, plain, name=", ".join(said), group=group))
    return folders


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


def _check(known: Experiment, config: TrainingConfig, *, follows: bool = False) -> None:
    """Refuse what would fail later, before a folder is made; one that follows gets its model."""
    known.schedule(config)
    _check_terms(known, config)
    if not follows:
        _check_model(known, config)
    pick_device(config.device)
    if known.check:
        known.check(config)


def _check_model(known: Experiment, config: TrainingConfig) -> None:
    """Refuse work that is said to be behind a model that nobody named."""
    behind = getattr(config, known.counts_behind) if known.counts_behind else 0
    if behind and not getattr(config, known.goes_on_by):
        raise InputError(known.counts_behind, expected="0, as the run begins with a new model",
                         came=f"{behind}",
                         do=f"Set it to 0, or name a model under {known.goes_on_by}")  # fmt: skip


def _check_terms(known: Experiment, config: TrainingConfig) -> None:
    for option, terms in {"targets": tuple(config.targets), "solo": (config.solo,)}.items():
        strange = [term for term in terms if term and term not in known.terms]
        if strange:
            raise InputError(option, expected="terms out of " + ", ".join(known.terms),
                             came=", ".join(strange), do="Correct it")  # fmt: skip
