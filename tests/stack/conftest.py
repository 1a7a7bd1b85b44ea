"""The reference stack, brought up once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from capplan.stack import StackState, down, up
from tests.stack.running import STACK_FILE, own_name


@pytest.fixture(scope="session")
def stack() -> Iterator[StackState]:
    """A stack that is up."""
    name = own_name("shared")
    try:
        yield up(STACK_FILE, name=name)
    finally:
        down(name)
