"""Generated pages equal what the code would write today."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _SPEC is not None
assert _SPEC.loader is not None
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_generated_page_is_current(path: Path) -> None:
    """A page that follows from the code says what the code says; `python docs/generate.py` writes it anew."""
    assert generate.pages()[path] == path.read_text(encoding="utf-8")
