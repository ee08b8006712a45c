"""Whether the files that a run names can be used: looked at before the run is made."""

from pathlib import Path

from core.chemistry.embeddings import read_targets
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.file_pairs import pair_files
from core.runs.files import require_writable


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
        require_writable(Path(config.output_dir))
