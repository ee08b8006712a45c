"""Options in which two versions differ, as far as they are told."""

from core.problems.sidechain.reported.checks import NOTE
from core.problems.sidechain.reported.checks_words import (
    Setting,
    settings_of,
    settings_of_configs,
)
from core.problems.sidechain.reported.tables import note_settings
from core.problems.sidechain.versions.compare import Comparison
from pages.ui.page import escaped
from pages.ui.rmsd.controls import NOTE_V4, NOTE_V5

MOST_NAMED = 5


def is_note(found: Comparison) -> bool:
    """Whether the two are the note's."""
    return (found.before.title, found.after.title) == (NOTE_V4, NOTE_V5)


def settings_between(found: Comparison) -> tuple[Setting, ...]:
    """Give the options of both versions; none where one of them does not tell."""
    if is_note(found):
        return settings_of(note_settings(), *NOTE)
    if found.before.config and found.after.config:
        return settings_of_configs(found.before.config, found.after.config)
    return ()


def change_in_words(found: Comparison) -> str:
    """Say in a line which options differ; nothing where they are not told."""
    settings = settings_between(found)
    changed = [setting for setting in settings if setting.changed]
    if not settings or found.before is found.after:
        return ""
    if not changed:
        return "Every option is the same."
    named = ", ".join(f"{s.name} {s.before} → {s.after}" for s in changed[:MOST_NAMED])
    more = f", and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return f"Changed between the two: {escaped(named)}{more}."
