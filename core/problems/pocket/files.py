"""Whether the files that a run names can be used: looked at before the run is made."""

import tempfile
from pathlib import Path

from core.errors import UnavailableError
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.embeddings import read_targets
from core.problems.pocket.file_pairs import pair_files


def check_files(config: PocketConfig) -> None:
    """Look at the files of a configuration: what would fail after minutes fails at once.

    The output folder is made, as the first thing that a training would do with it.

    Raises:
        InputError: The embeddings cannot be read or have another length, or the folder of
            structures holds none.
        UnavailableError: The output folder cannot be written.
    """
    if config.embeddings_path:
        read_targets(Path(config.embeddings_path), dimension=config.output_dim)
    if config.structures:
        pair_files(Path(config.structures))
    if config.output_dir:
        _require_writable(Path(config.output_dir))


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnavailableError(
            f"The output folder {folder} cannot be written ({error.strerror or error}). Choose "
            "another output_dir, or leave it empty: the run folder holds the same files."
        ) from error
