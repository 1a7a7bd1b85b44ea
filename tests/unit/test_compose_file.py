"""What a Compose file says, and what is said about one that cannot be used."""

from pathlib import Path

import pytest

from capplan.compose_file import ComposeContainer, ComposeFacts, read_compose
from capplan.errors import InputError
from capplan.profile import Role

DATA = Path(__file__).parents[1] / "data" / "compose"
MIB = 2.0**20


def _facts(tmp_path: Path, text: str) -> ComposeFacts:
    path = tmp_path / "compose.yaml"
    path.write_text(text, encoding="utf-8")
    return read_compose(path)


def _only(tmp_path: Path, keys: str, name: str = "thing") -> ComposeContainer:
    return _facts(tmp_path, f"services:\n  {name}: {{ {keys} }}\n").containers[0]


def _django(name: str) -> ComposeContainer:
    return next(each for each in read_compose(DATA / "django.yaml").containers if each.name == name)


def test_roles_of_a_django_stack() -> None:
    """Each container of a usual Django stack gets its role, and monitoring is no container."""
    expected = {
        "nginx": Role.NGINX, "web": Role.GUNICORN, "sockets": Role.ASGI, "worker": Role.CELERY,
        "scheduler": Role.BEAT, "db": Role.POSTGRESQL, "cache.1": Role.REDIS,
    }  # fmt: skip
    facts = read_compose(DATA / "django.yaml")
    assert expected == {each.name: each.role for each in facts.containers}
    assert facts.monitoring == ("prometheus", "grafana")


@pytest.mark.parametrize(
    ("role", "keys", "name"),
    [
        (Role.POSTGRESQL, "image: 'docker.io/postgis/postgis:16-3.4@sha256:ab'", "store"),
        (Role.REDIS, "image: 'localhost:5000/redis:7'", "store"),
        (Role.OTHER, "image: prodrigestivill/postgres-backup-local", "postgres-backup"),
        (Role.OTHER, "image: pgbouncer/pgbouncer", "pool"),
        (Role.OTHER, "image: app, command: celery -A shop.worker flower", "flower"),
        (Role.BEAT, "image: app, command: celery -A worker beat", "timer"),
        (Role.CELERY, "image: app, command: 'celery -A app worker -B'", "jobs"),
        (Role.GUNICORN, "image: app, entrypoint: [sh, -c], command: ['cd /srv && gunicorn app.wsgi']", "app"),
        (Role.GUNICORN, "image: app, command: /venv/bin/gunicorn app.wsgi", "app"),
        (Role.ASGI, "image: app, command: gunicorn app.asgi -k uvicorn.workers.UvicornWorker", "app"),
        (Role.ASGI, "image: app, command: python -m uvicorn app.asgi:app", "app"),
        (Role.CELERY, "build: .", "celery-worker"),
        (Role.BEAT, "build: .", "celery-beat"),
        (Role.NGINX, "build: ./proxy", "nginx2"),
        (Role.OTHER, "build: .", "web"),
    ],
)
def test_role_is_guessed(tmp_path: Path, role: Role, keys: str, name: str) -> None:
    """The program started decides the role, then the image, then a name that can mean nothing else."""
    assert role == _only(tmp_path, keys, name).role


@pytest.mark.parametrize(
    "image", ["prom/node-exporter", "oliver006/redis_exporter", "gcr.io/cadvisor/cadvisor:v0.49.1"]
)
def test_exporter_is_monitoring(tmp_path: Path, image: str) -> None:
    """An exporter is part of monitoring, not the product it watches."""
    facts = _facts(tmp_path, f"services: {{ watcher: {{ image: '{image}' }} }}")
    expected = (("prometheus",), ())
    assert expected == (facts.monitoring, facts.containers)


@pytest.mark.parametrize(
    ("expected_bytes", "text"),
    [
        (512 * MIB, "512m"), (512 * MIB, "512MB"), (512 * MIB, "524288k"), (1536 * MIB, "1.5gb"),
        (1024 * MIB, "1 GiB"), (1000.0, "1000b"), (1000.0, "1000"), (256 * MIB, "${WEB_MEMORY:-256m}"),
        (256 * MIB, "${WEB_MEMORY:-${MEMORY:-256m}}"), (None, "0"), (None, "${WEB_MEMORY}"),
    ],
)  # fmt: skip
def test_bytes_are_binary(tmp_path: Path, expected_bytes: float | None, text: str) -> None:
    """Compose's byte units are powers of 1024; zero, or a variable without a default, is no limit."""
    assert expected_bytes == _only(tmp_path, f"image: a, mem_limit: '{text}'").memory_limit_bytes


def test_limits_under_deploy() -> None:
    """Limits under deploy.resources.limits count like those at the service."""
    web = _django("web")
    expected = (1536 * MIB, 2.0)
    assert expected == (web.memory_limit_bytes, web.cpu_limit_cores)


def test_same_limit_twice() -> None:
    """2gb at the service and 2048M under deploy are one limit, not a contradiction."""
    expected = 2048 * MIB
    assert expected == _django("db").memory_limit_bytes


@pytest.mark.parametrize(
    ("expected", "command"),
    [
        ((4, None), "gunicorn -w 4 app.wsgi"),
        ((4, None), "gunicorn -w4 app.wsgi"),
        ((4, 8), "gunicorn --workers=4 --threads 8 app.wsgi"),
        ((9, None), "gunicorn -w ${WORKERS:-9} app.wsgi"),
        ((None, None), "gunicorn -w ${WORKERS} app.wsgi"),
        ((None, None), "gunicorn -w $$(nproc) app.wsgi"),
        ((6, None), "gunicorn -w 4 -w 6 app.wsgi"),
        ((3, None), "celery -A app worker -c 3"),
        ((3, None), "sh -c 'celery -A app worker --concurrency=3'"),
        ((None, None), "sh -c 'celery -A app worker'"),
        ((10, None), "celery -A app worker --autoscale=10,2"),
        ((2, None), "uvicorn app:asgi --workers 2"),
    ],
)
def test_processes_of_a_command(
    tmp_path: Path, expected: tuple[int | None, int | None], command: str
) -> None:
    """Processes and threads are those of the command line; what it does not say is not invented."""
    found = _only(tmp_path, f'image: app, command: "{command}"')
    assert expected == (found.processes, found.threads)


@pytest.mark.parametrize(
    "command",
    [
        "postgres -c max_connections=150 -c shared_buffers=512MB",
        "postgres -c 'max_connections = 150' -cshared_buffers=524288kB",
        "postgres --max-connections=150 --shared-buffers=512MB",
        "-N 150 -c shared_buffers=65536",
        "postgres -c max_connections=20 -c shared_buffers=1GB -c max_connections=150 -c shared_buffers=512MB",
    ],
)
def test_settings_of_postgresql(tmp_path: Path, command: str) -> None:
    """PostgreSQL's settings are read in every spelling; bare shared_buffers are pages of 8 KiB; the last one counts."""
    found = _only(tmp_path, f'image: postgres, command: "{command}"')
    expected = (150, 512 * MIB)
    assert expected == (found.max_connections, found.shared_buffers_bytes)


def test_published_ports() -> None:
    """Loopback addresses publish nothing, a range gives both ends, and 22:22 is port 22, not a number to base 60."""
    expected = (22, 8080, 9002, 7000, 7002, 6060, 5003)
    assert expected == read_compose(DATA / "ports.yaml").containers[0].published_ports


def test_dashboard_port() -> None:
    """The dashboard's port is the one Grafana is published at."""
    expected = 3001
    assert expected == read_compose(DATA / "django.yaml").dashboard_port


@pytest.mark.parametrize(
    ("rotated", "logging"),
    [
        (False, ""),
        (False, ", logging: { driver: json-file }"),
        (False, ", logging: { driver: json-file, options: { max-file: '3' } }"),
        (True, ", logging: { options: { max-size: 10m } }"),
        (True, ", logging: { driver: local }"),
    ],
)
def test_log_rotation(tmp_path: Path, rotated: bool, logging: str) -> None:  # noqa: FBT001 - expected value of a row
    """json-file, Docker's default, rotates only with max-size."""
    assert rotated is _facts(tmp_path, f"services: {{ web: {{ image: a{logging} }} }}").logs_rotated


def test_one_unrotated_log_is_enough(tmp_path: Path) -> None:
    """Logs count as rotated only if those of every service are."""
    text = "services: { a: { image: a, logging: { driver: local } }, b: { image: b } }"
    assert not _facts(tmp_path, text).logs_rotated


@pytest.mark.parametrize("keys", ["deploy: { replicas: 3 }", "scale: 3"])
def test_replicas(tmp_path: Path, keys: str) -> None:
    """Replicas are counted under deploy and at the service."""
    expected = 3
    assert expected == _only(tmp_path, f"image: app, {keys}").replicas


def test_secrets_stay() -> None:
    """Nothing of environment values and commands' passwords is kept."""
    kept = repr(read_compose(DATA / "django.yaml"))
    assert not [word for word in ("hunter2", "not-for-the-profile") if word in kept]


@pytest.mark.parametrize("value", ["*hunter2", "!hunter2", "!hunter!two", "%hunter2", "@hunter2", "'hunter2"])
def test_unquoted_secret_stays(tmp_path: Path, value: str) -> None:
    """A password that is no YAML without quotation marks is not repeated by the error about it."""
    with pytest.raises(InputError) as caught:
        _only(tmp_path, f"environment: {{ PASSWORD: {value} }}")
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "place", "found"),
    [
        ("missing.yaml", "", "no such file or directory"),
        ("not_yaml.yaml", "", "text that is not YAML (mapping values are not allowed here in line 4)"),
        ("python_tag.yaml", "", "text that is not YAML"),
        ("merge_bomb.yaml", "", "text that is not YAML (too many merges in line 4)"),
        ("text.yaml", "", "text"),
        ("list.yaml", "", "a list"),
        ("no_services.yaml", ": services", "nothing"),
        ("empty_services.yaml", ": services", "nothing"),
        ("services_list.yaml", ": services", "a list"),
        ("service_text.yaml", ": services.web", "text"),
        ("bad_memory.yaml", ": services.web.mem_limit", "'512banana'"),
        (
            "two_memories.yaml",
            ": services.web.mem_limit",
            "'512m' beside deploy.resources.limits.memory: '1g'",
        ),
        ("bad_cpus.yaml", ": services.web.cpus", "'two'"),
        ("bad_port.yaml", ": services.web.ports", "'eighty'"),
        ("bad_buffers.yaml", ": services.db.command", "'lots'"),
    ],
)
def test_malformed_file(file: str, place: str, found: str) -> None:
    """A file that cannot be used is refused at its place, with what stands there and no secret of the file."""
    with pytest.raises(InputError) as caught:
        read_compose(DATA / file)
    assert f"{DATA / file}{place}" == caught.value.place
    assert caught.value.found.startswith(found)
    assert "hunter" not in str(caught.value)


def test_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is refused like a missing file."""
    with pytest.raises(InputError, match="is a directory"):
        read_compose(tmp_path)


def test_too_large(tmp_path: Path) -> None:
    """A file above a million bytes is refused before it is parsed."""
    with pytest.raises(InputError, match="at most 1000000 bytes"):
        _facts(tmp_path, "services: {}\n" + "#" * 1_000_000)


def test_too_deep(tmp_path: Path) -> None:
    """Nesting without end is a sentence, not a RecursionError."""
    with pytest.raises(InputError, match="not YAML"):
        _facts(tmp_path, "services: " + "[" * 5000)


@pytest.mark.parametrize("value", ["!!bool maybe", "!!timestamp soon", "!!binary '?'", "!!int four"])
def test_tag_that_does_not_fit(tmp_path: Path, value: str) -> None:
    """A value forced into a type it does not have is a sentence, whatever the YAML library makes of it."""
    with pytest.raises(InputError, match="not YAML"):
        _only(tmp_path, f"image: {value}")


def test_not_text(tmp_path: Path) -> None:
    """Bytes that are no text are refused."""
    path = tmp_path / "compose.yaml"
    path.write_bytes(b"services: \xff\xfe\x00")
    with pytest.raises(InputError, match="not YAML"):
        read_compose(path)


def test_aliases_are_not_expanded(tmp_path: Path) -> None:
    """A list of lists of aliases, 10^9 entries if written out, is refused without being written out."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InputError, match="services: found a list"):
        _facts(tmp_path, "\n".join([*lines, "services: *a8"]))
