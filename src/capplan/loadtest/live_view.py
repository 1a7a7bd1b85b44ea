"""live_view: what a run shows while it goes on: a panel on a terminal, plain lines elsewhere, or nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from capplan.loadtest.progress import Progress, View
from capplan.measurements import StepResult

_PLAIN_EVERY_S = 5.0
_MIB = 2.0**20


class Silent:
    """A view that shows nothing."""

    def phase(self, text: str) -> None:
        """Show nothing."""

    def progress(self, progress: Progress) -> None:
        """Show nothing."""

    def result(self, result: StepResult) -> None:
        """Show nothing."""


class PlainLines:
    """One line now and then, for logs and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._next_s = 0.0

    def phase(self, text: str) -> None:
        """Write what is being done."""
        self._write(text)

    def progress(self, progress: Progress) -> None:
        """Write a line every few seconds."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _PLAIN_EVERY_S
            self._write(headline(progress))

    def result(self, result: StepResult) -> None:
        """Write how a step ended."""
        self._next_s = 0.0
        self._write(verdict(result))

    def _write(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


class Panel:
    """A panel that is drawn anew each second; finished steps stay above it."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def phase(self, text: str) -> None:
        """Show what is being done."""
        self._live.update(Text(text))

    def progress(self, progress: Progress) -> None:
        """Show the step and the services."""
        table = Table(box=None, pad_edge=False)
        for name in ("service", "cores", "MiB"):
            table.add_column(name, justify="left" if name == "service" else "right")
        for service, (cores, size_bytes) in progress.services.items():
            table.add_row(
                service,
                "" if cores is None else f"{cores:.3f}",
                "" if size_bytes is None else f"{size_bytes / _MIB:.0f}",
            )
        self._live.update(Group(Text(headline(progress), style="bold"), table))

    def result(self, result: StepResult) -> None:
        """Leave one line of a finished step."""
        self._live.console.print(Text(verdict(result)))


@contextmanager
def watching(out: TextIO, *, quiet: bool) -> Iterator[View]:
    """Yield the view that suits where it is shown; it writes beside the result, never into it."""
    if quiet:
        yield Silent()
    elif not out.isatty():
        yield PlainLines(out)
    else:
        with Live(console=Console(file=out), refresh_per_second=4, transient=True) as live:
            yield Panel(live)


def headline(progress: Progress) -> str:
    """Return a step's state in one line."""
    lately = progress.lately
    parts = [
        f"[{progress.number}{f'/{progress.total}' if progress.total else ''}] {progress.name}",
        f"{progress.phase}, {progress.left_s:.0f} s left",
        f"{lately.throughput_per_s:.1f}/s",
    ]
    if lately.p50_s is not None and lately.p95_s is not None:
        parts.append(f"p50 {1000 * lately.p50_s:.0f} ms, p95 {1000 * lately.p95_s:.0f} ms")
    if lately.failed:
        parts.append(f"{lately.failed} failed in 10 s")
    if progress.host_cores is not None:
        parts.append(f"host {progress.host_cores:.2f} cores")
    return " · ".join(parts)


def verdict(result: StepResult) -> str:
    """Return a finished step in one line."""
    parts = [f"{result.number}. {result.name}"]
    if result.throughput_per_s is not None:
        parts.append(f"{result.throughput_per_s.mid:.2f}/s")
    if result.response is not None:
        parts.append(f"mean {1000 * result.response.mean_s.mid:.0f} ms")
        parts.append(f"p95 {1000 * result.response.p95_s.mid:.0f} ms")
    failed = [
        f"{gate.code}{f' {gate.subject}' if gate.subject else ''}" for gate in result.gates if not gate.passed
    ]
    if result.aborted:
        parts.append(f"ended early: {result.aborted}")
    parts.append("valid" if result.valid else f"NOT VALID ({', '.join(failed) or result.aborted})")
    return " · ".join(parts)
