"""The errors of the core: each says what was expected, what came, and what to do."""


class CoreError(Exception):
    """A failure that a person can act on; the parent of every error that core raises itself."""


class InputError(CoreError):
    """Input that cannot be used, with its place, what was expected, what came and what to do.

    Args:
        where: File, spectrum, line, cell or field.
        expected: What would have been accepted.
        came: What was found.
        do: What the person can do about it.

    Example:
        >>> print(InputError("stage 4", expected="a weight of 0 or more", came="-0.03",
        ...                  do="Correct the cell"))
        stage 4: expected a weight of 0 or more, came -0.03. Correct the cell.
    """

    def __init__(self, where: str, *, expected: str, came: str, do: str) -> None:
        """Build the message from its four parts and keep them as attributes."""
        self.where, self.expected, self.came, self.do = where, expected, came, do
        super().__init__(f"{where}: expected {expected}, came {came}. {do}.")


class UnavailableError(CoreError):
    """Something outside (a network, a device, a folder) is not there; everything else works."""
