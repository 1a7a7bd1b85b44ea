"""The reference stack: every endpoint does its work on real servers, and no process has privileges."""

import json
import os
import re
import uuid

import pytest
import websocket

from capplan.errors import InputError
from capplan.stack import StackState, status, up
from tests.stack.running import SCENARIO, STACK_FILE, ask, in_dev_shm, owner, pids, within

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture(scope="session")
def token(stack: StackState) -> str:
    """What a user of the service is given for name and password."""
    code, told = ask(f"{stack.base_url}/api/login/", {"username": "user7", "password": "booking"})
    assert 200 == code
    return str(told["token"])


def test_every_service_says_a_version_of_its_own(stack: StackState) -> None:
    """All seven services run, and each has said which version it is."""
    told = {each.name: each.version for each in stack.versions()}
    expected = {
        "db": r"PostgreSQL \d+\.\d+",
        "redis": r"(Valkey|Redis) \d+\.\d+\.\d+",
        "web": r".*Django 5\.2\.\d+, Gunicorn \d+\.\d+\.\d+.*",
        "asgi": r".*Django 5\.2\.\d+, Daphne \d+\.\d+\.\d+, Channels \d+\.\d+\.\d+",
        "worker": r"Celery \d+\.\d+\.\d+",
        "beat": r"Celery beat \d+\.\d+\.\d+",
        "nginx": r"nginx \d+\.\d+\.\d+",
    }
    assert expected.keys() == told.keys()
    assert [] == [name for name, pattern in expected.items() if not re.fullmatch(pattern, told[name])]
    assert dict.fromkeys(expected, True) == status(stack.name)


def test_no_process_is_root_or_holds_shared_memory_of_a_name(stack: StackState) -> None:
    """Every process runs without privileges, and nothing of the stack lies in /dev/shm."""
    found = pids(stack.mark)
    assert len(found) > 12
    assert 0 not in {owner(pid) for pid in found}
    assert [] == [pid for pid in found if in_dev_shm(pid)]


def test_a_stack_that_is_up_is_not_brought_up_again(stack: StackState) -> None:
    """Bringing it up under the same name is refused with where it is, and leaves it as it is."""
    with pytest.raises(InputError, match=stack.base_url):
        up(STACK_FILE, name=stack.name)
    assert all((status(stack.name) or {"": False}).values())


def test_lists_details_and_search_come_from_the_seeded_database(stack: StackState) -> None:
    """There are 30,000 articles, each with the same text at every seeding, and search finds parts of them."""
    code, told = ask(f"{stack.base_url}/api/articles/?page=2")
    assert (200, 30_000, 20) == (code, told["count"], len(told["results"]))
    code, article = ask(f"{stack.base_url}/api/articles/4711/")
    assert (200, 60, "Ridge Summit 4711") == (code, len(article["body"].split()), article["title"])
    code, told = ask(f"{stack.base_url}/api/search/?q=ridge%20summit%204711")
    assert (200, [4711]) == (code, [each["id"] for each in told["results"]])


def test_a_booking_is_kept_and_needs_a_login(stack: StackState, token: str) -> None:
    """A booking is refused without a token, kept with one, and counted at its article."""
    article = f"{stack.base_url}/api/articles/99/"
    before = ask(article)[1]["bookings_count"]
    assert 401 == ask(f"{stack.base_url}/api/bookings/", {"article": 99})[0]
    assert 201 == ask(f"{stack.base_url}/api/bookings/", {"article": 99, "places": 2}, token=token)[0]
    assert before + 1 == ask(article)[1]["bookings_count"]


def test_a_wrong_password_gives_no_token(stack: StackState) -> None:
    """A login with a wrong password is refused."""
    assert ask(f"{stack.base_url}/api/login/", {"username": "user7", "password": "x"})[0] in (401, 403)


def test_an_upload_is_served_by_nginx(stack: StackState, token: str) -> None:
    """What was uploaded comes back byte for byte from the address the service tells."""
    content, border = bytes(range(256)) * 4, uuid.uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{border}--\r\n".encode()
    kind = f"multipart/form-data; boundary={border}"
    code, told = ask(f"{stack.base_url}/api/media/", body, token=token, kind=kind)
    assert (201, 1024) == (code, told["size_bytes"])
    assert (200, content) == ask(told["file"])


def test_a_report_is_written_by_the_job_and_announced(stack: StackState, token: str) -> None:
    """A report is accepted at once and empty, then written by Celery; a WebSocket echoes and hears of it."""
    opened = websocket.create_connection(
        f"{stack.base_url.replace('http', 'ws')}/ws/notifications/", timeout=30
    )
    try:
        opened.send("anybody?")
        assert "anybody?" == opened.recv()
        code, told = ask(f"{stack.base_url}/api/reports/", {"category": "lake"}, token=token)
        assert (202, None) == (code, told["result"])
        url = f"{stack.base_url}/api/reports/{told['id']}/"
        assert within(30, lambda: ask(url, token=token)[1]["finished"] is not None)
        assert 6_000 <= sum(month["bookings"] for month in ask(url, token=token)[1]["result"]) <= 7_000
        assert f"report {told['id']} is ready" == json.loads(opened.recv())["notification"]
    finally:
        opened.close()


def test_the_access_log_has_what_the_sampler_reads(stack: StackState) -> None:
    """Each line of Nginx's log begins with time, status and two durations."""
    ask(f"{stack.base_url}/healthz")
    log = stack.observed()["nginx"].access_log
    assert log is not None
    assert within(5, lambda: os.stat(log).st_size > 0)  # noqa: PTH116
    with open(log, encoding="utf-8") as lines:  # noqa: PTH123
        assert re.match(r"\d+\.\d{3} 200 \d+\.\d{3} \d+\.\d{3} \d+ GET /\S+", next(lines))


def test_no_stand_ins_anywhere() -> None:
    """No scenario uses SQLite, a fake Redis, a channel layer in memory, or Celery without its queue."""
    banned = re.compile(
        "sqlite|fakeredis|InMemoryChannelLayer|TASK_ALWAYS_EAGER|task_always_eager", re.IGNORECASE
    )
    suffixes = {".py", ".toml", ".yaml", ".yml", ".in", ".txt", ".conf", ".sh"}
    files = [each for each in SCENARIO.parent.rglob("*") if each.suffix in suffixes]
    assert len(files) > 10
    assert [] == [str(each) for each in files if banned.search(each.read_text(encoding="utf-8"))]
