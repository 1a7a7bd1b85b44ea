"""An environment of their own for other people's tools, which pip makes in a temporary folder."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INSTALL_PATIENCE_S = 300.0
LINE = "line-solver==3.0.8"
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_RAISED = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*", re.MULTILINE)


class PeerError(Exception):
    """A peer that cannot be had, or gives no answer; its sentence says why."""


@dataclass(frozen=True)
class PeerEnvironment:
    """A folder with a Python, what has been installed there, and what could not be."""

    folder: Path
    _found: dict[str, str | None] = field(default_factory=dict)

    def tell(self, requirement: str, script: str, *arguments: str, patience_s: float = 120.0) -> Any:  # noqa: ANN401 - JSON
        """Run a script of this folder with what it requires, and return the JSON of the last line it prints.

        Raises
        ------
        PeerError
            It cannot be installed, fails, or takes longer than the patience.
        """
        if requirement not in self._found:
            self._found[requirement] = self._install(requirement)
        missing = self._found[requirement]
        if missing is not None:
            raise PeerError(missing)
        command = [self._python, str(Path(__file__).parent / script), *arguments]
        return json.loads(_output(command, self.folder, patience_s).splitlines()[-1])

    def _install(self, requirement: str) -> str | None:
        """Install it; return why it cannot be, or None."""
        try:
            if not Path(self._python).exists():
                _output([sys.executable, "-m", "venv", str(self.folder)], self.folder, INSTALL_PATIENCE_S)
            pip = [self._python, "-m", "pip", "install", "--quiet", requirement]
            _output(pip, self.folder, INSTALL_PATIENCE_S)
        except PeerError as error:
            return f"not installed: {error}"
        return None

    @property
    def _python(self) -> str:
        return str(self.folder / "bin" / "python")


@contextmanager
def peer_environment() -> Iterator[PeerEnvironment]:
    """Give an empty environment, and take it away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield PeerEnvironment(Path(folder))


def _output(command: list[str], folder: Path, patience_s: float) -> str:
    """Return what a command prints; a failure is told by the last line that names an exception."""
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=patience_s,
            cwd=folder,
            env=os.environ | ONE_CORE,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"no answer within {patience_s:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raised = _RAISED.findall(error.stderr)
        raise PeerError(raised[-1] if raised else f"exit code {error.returncode}") from error
    except OSError as error:
        raise PeerError(str(error)) from error
    return done.stdout
