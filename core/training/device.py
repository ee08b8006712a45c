"""The device that training uses: which one, in words, and what it holds."""

import os

import psutil
import torch

from core.errors import UnavailableError


def best_device() -> torch.device:
    """Give CUDA where it is there, else MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_device(name: str) -> torch.device:
    """Give the device of a configuration: "auto" is the best one.

    Raises:
        UnavailableError: It is not there.

    Example:
        >>> pick_device("cpu")
        device(type='cpu')
    """
    if name == "auto":
        return best_device()
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present.get(name, False):
        there = ", ".join(key for key, is_there in present.items() if is_there)
        raise UnavailableError(
            f"The device {name} is not there; this machine has {there}. "
            "Choose one of these, or auto."
        )
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """Name a device as the screen does: "CPU, 2 cores"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {os.cpu_count()} cores"


def memory_mb(device: torch.device) -> float:
    """Measure what is in use: by tensors on a GPU, by the whole process on the CPU, in MB."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device) / 1e6
    if device.type == "mps":
        return torch.mps.current_allocated_memory() / 1e6
    return psutil.Process().memory_info().rss / 1e6
