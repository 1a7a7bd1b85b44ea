"""What Nginx did, from the lines of its access log, whatever happens to the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.log_tail import LogTail
from capplan.machine.permission import Permission
from capplan.probes.nginx import AccessSums, NginxProbe
from tests.probes.http_servers import loopback_server

LINE = b"1753000000.123 200 0.250 0.240 1024 GET /articles/\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Name a file that does not exist yet."""
    return tmp_path / "access.log"


@contextmanager
def tail_of(log: Path) -> Iterator[LogTail]:
    """Follow a file for a while."""
    tail = LogTail(log)
    yield tail
    tail.close()


def _append(log: Path, *lines: bytes) -> None:
    with log.open("ab") as file:
        file.writelines(lines)


@pytest.mark.parametrize(
    ("upstream", "seconds"),
    [
        (b"0.240", 0.24),
        (b"-", 0.0),
        (b"0.010, 0.020", 0.03),
        (b"0.010 : 0.020", 0.03),
        (b"-, 0.500 : 0.250", 0.75),
    ],
)
def test_every_form_of_upstream_times_is_read(upstream: bytes, seconds: float) -> None:
    """No upstream, one, several tries and internal redirects are told apart from the fields behind them."""
    sums = AccessSums()
    sums.add(b"1753000000.123 502 0.800 " + upstream + b" 1024 GET /a b")
    found = sums.statistics()
    assert (1, 0, 1, 1024) == tuple(found[key] for key in ("requests", "unread", "status_5xx", "sent_bytes"))
    assert seconds == pytest.approx(found["upstream_s"])
    assert 0.8 == found["request_s"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b'127.0.0.1 - - [20/Jul/2025:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8"',
        b"1753000000.123 200 0.250",
        b"1753000000.123 200 0.250 0.240",
    ],
)
def test_a_line_in_another_format_is_counted_as_unread(line: bytes) -> None:
    """The usual combined format, and a line that is cut off, add nothing but to the lines that were not read."""
    sums = AccessSums()
    sums.add(line)
    assert (0, 1) == (sums.requests, sums.unread)


def test_reading_begins_at_the_end_and_waits_for_whole_lines(log: Path) -> None:
    """What stood there before is not read; half a line is read once its end has come."""
    _append(log, LINE * 3)
    with tail_of(log) as tail:
        assert [] == tail.lines()
        _append(log, LINE, LINE[:20])
        assert [LINE.rstrip()] == tail.lines()
        _append(log, LINE[20:])
        assert [LINE.rstrip()] == tail.lines()


def test_nothing_is_lost_or_read_twice_through_rotation(log: Path) -> None:
    """Lines written to the old file after it was renamed, and those of the new one, are read once."""
    log.touch()
    with tail_of(log) as tail:
        _append(log, LINE)
        assert 1 == len(tail.lines())
        _append(log, LINE)
        old = log.rename(log.with_suffix(".1"))
        _append(old, LINE)
        assert 2 == len(tail.lines())
        _append(old, LINE)
        _append(log, LINE, LINE)
        assert 3 == len(tail.lines())
        _append(log, LINE)
        assert 1 == len(tail.lines())


def test_a_new_file_that_cannot_be_opened_yet_loses_nothing(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new file is not open to us at first, the lines of both are read once it is."""
    log.touch()
    with tail_of(log) as tail:
        _append(log, LINE)
        log.rename(log.with_suffix(".1"))
        _append(log, LINE, LINE)
        with monkeypatch.context() as closed:
            closed.setattr(Path, "open", _refused)
            with pytest.raises(PermissionError):
                tail.lines()
        assert 3 == len(tail.lines())


def _refused(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_is_emptied_is_read_from_its_beginning(log: Path) -> None:
    """A log that is truncated in place goes on from its new beginning."""
    _append(log, LINE * 5)
    with tail_of(log) as tail:
        assert [] == tail.lines()
        log.write_bytes(LINE)
        assert 1 == len(tail.lines())


def test_a_log_that_appears_later_is_read_whole(log: Path) -> None:
    """Before the first request there may be no file; that is an absence, and ends."""
    with tail_of(log) as tail:
        with pytest.raises(AbsentError, match="there is no file"):
            tail.lines()
        _append(log, LINE, LINE)
        assert 2 == len(tail.lines())


def test_a_log_in_another_format_says_which_is_wanted(log: Path) -> None:
    """Where no line can be read, the reason gives the format."""
    with tail_of(log) as tail:
        log.touch()
        probe = NginxProbe(tail, None, Permission())
        assert 0 == probe.ask(full=False)["requests"]
        _append(log, b'127.0.0.1 - - "GET / HTTP/1.1" 200 612\n')
        with pytest.raises(AbsentError, match=r"\$msec \$status \$request_time \$upstream_response_time"):
            probe.ask(full=False)


def test_the_version_is_what_the_server_says(log: Path) -> None:
    """The header Server of the URL is the version, whatever the status."""
    log.touch()
    with loopback_server(lambda _: (404, {})) as url, tail_of(log) as tail:
        probe = NginxProbe(tail, url, Permission())
        assert 0 == probe.ask(full=False)["requests"]
        assert "nginx/1.27.4" == probe.version.strip()
        assert url == probe.address
