"""journal: the state of a run while it goes on, on disk at every moment."""

from datetime import UTC, datetime
from pathlib import Path

from capplan.loadtest.run_directory import RUN, seal, write_document
from capplan.measurements import Run, Status


class Journal:
    """Keeps ``run.json`` true: what is written there holds even if the next moment never comes."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder = folder
        self.run = run
        write_document(folder, folder / RUN, run)

    def note(self, **changes: object) -> None:
        """Change fields of the run."""
        self.run = self.run.model_copy(update=changes)
        write_document(self.folder, self.folder / RUN, self.run)

    def end(self, status: Status, reason: str = "") -> None:
        """Write how the run ended, and seal its files."""
        self.note(status=status, reason=reason, ended=datetime.now(UTC))
        seal(self.folder)
