import pytest
import torch

from core.errors import UnavailableError
from core.training.device import best_device, describe_device, memory_mb, pick_device


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_cuda_comes_before_mps_before_the_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert best_device().type == expected


def test_the_cpu_is_named_with_its_cores():
    assert describe_device(torch.device("cpu")).startswith("CPU, ")


@pytest.mark.parametrize(
    ("asked", "there", "expected"),
    [
        ("auto", {"cuda"}, "cuda"),
        ("auto", {"mps"}, "mps"),
        ("auto", set(), "cpu"),
        ("cpu", {"cuda", "mps"}, "cpu"),
        ("cuda", {"cuda"}, "cuda"),
        ("mps", {"cuda", "mps"}, "mps"),
    ],
)
def test_a_named_device_is_taken(monkeypatch, asked, there, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in there)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in there)
    assert pick_device(asked).type == expected


def test_a_device_that_is_not_there_is_said_with_those_that_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with pytest.raises(UnavailableError, match=r"cuda is not there; this machine has cpu, mps"):
        pick_device("cuda")


def test_memory_is_measured():
    assert memory_mb(torch.device("cpu")) > 10
