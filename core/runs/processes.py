"""Which process this is, and whether one that was written down is still alive."""

import os
import socket
from dataclasses import dataclass
from typing import Final

import psutil

# The kernel tells a start relative to the boot, whose time shifts when the clock is set right.
START_TOLERANCE_S: Final = 2.0


@dataclass(frozen=True)
class ProcessMark:
    """A process that can be told from a later one with the same number.

    Args:
        pid: Its number on its host.
        start_s: When it began, seconds since 1970.
        host: Name of the host.
    """

    pid: int
    start_s: float
    host: str


def host_name() -> str:
    """Give the name of this host."""
    return socket.gethostname()


def this_process() -> ProcessMark:
    """Mark the calling process."""
    return mark_process(os.getpid())


def mark_process(pid: int) -> ProcessMark:
    """Mark a process of this host.

    Raises:
        psutil.NoSuchProcess: There is none of that number.
    """
    return ProcessMark(pid, psutil.Process(pid).create_time(), host_name())


def is_alive(mark: ProcessMark) -> bool | None:
    """Say whether a process still runs; None where it is on another host, which cannot be told.

    A process that ended but was not yet collected by its parent counts as ended.
    """
    if mark.host != host_name():
        return None
    return living(mark) is not None


def living(mark: ProcessMark) -> psutil.Process | None:
    """Find the process of a mark on this host; None where it is gone or its number was reused."""
    if mark.host != host_name() or mark.pid <= 0:
        return None
    try:
        process = psutil.Process(mark.pid)
        same = abs(process.create_time() - mark.start_s) <= START_TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
