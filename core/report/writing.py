"""A report from the command line: a draft goes in, a file comes out."""

from pathlib import Path

from core.errors import InputError, UnavailableError
from core.report.draft import Draft
from core.report.draft_files import list_drafts, load_draft, read_draft_file
from core.report.html import file_name, report_html
from core.report.material import all_material
from core.report.sample import SAMPLE, SAMPLE_NAME
from core.runs.files import replace_file


def write_report(draft: str, out: str = "") -> Path:
    """Write a report.

    Args:
        draft: Name of a draft, or a file that holds one.
        out: The file to write; empty: named after the title, in the folder one is in.

    Returns:
        The file.

    Raises:
        InputError: The draft is not there, or damaged.
        UnavailableError: The file cannot be written.
    """
    told = _read(draft)
    path = Path(out or file_name(told)).expanduser()
    try:
        replace_file(path, report_html(told, all_material()).encode())
    except OSError as error:
        raise UnavailableError(
            f"The report {path} cannot be written ({error.strerror or error}). Choose another file."
        ) from error
    return path


def _read(draft: str) -> Draft:
    if Path(draft).is_file():
        return read_draft_file(Path(draft))
    if draft == SAMPLE_NAME:
        return SAMPLE
    if draft in list_drafts():
        return load_draft(draft)
    known = ", ".join((SAMPLE_NAME, *list_drafts()))
    raise InputError("draft", expected=f"a file, or one of {known}"[:300], came=repr(draft)[:60],
                     do="Correct it")  # fmt: skip
