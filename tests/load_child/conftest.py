"""A target for the tests of a file; each looks at what is new."""

from collections.abc import Iterator

import pytest

from tests.load_child.driver import Target, serving


@pytest.fixture
def target() -> Iterator[Target]:
    """Return a target of its own for each test."""
    with serving() as found:
        yield found
