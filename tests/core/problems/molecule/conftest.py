"""The sample and its neighbours, once for the tests of this folder."""

import pytest

from core.problems.molecule.explore import read_sample, search


@pytest.fixture(scope="session")
def sample():
    return read_sample()


@pytest.fixture(scope="session")
def pool(sample):
    return search(sample)
