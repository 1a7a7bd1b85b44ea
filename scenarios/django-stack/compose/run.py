"""run: the reference stack under Docker Compose: built, started, loaded, watched, and taken away again.

Run as ``python scenarios/django-stack/compose/run.py``; everything it writes stands in build/compose. It touches one
Compose project, named after this checkout, and leaves images only.
"""

import argparse
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import figures
from engine import Project, RefusalError, builder, compose_command, engine_version, output
from images import BASE, make_base, make_context
from sampling_check import Check

SCENARIO = Path(__file__).resolve().parents[1]
KINDS = {"nginx": "nginx", "web": "gunicorn", "asgi": "asgi", "worker": "celery", "beat": "beat"}
_COMPARE_EVERY_S = 3.0
_LOGINS_PER_S = 2.0
"""Users that log in at once, at the price of a password's hash each: the settling time has to be longer."""


def main() -> int:
    """Run it all; return 0, 1 if a request failed, the sampler was wrong or something is left, 2 if it cannot begin."""
    asked = _asked()
    folder = Path("build/compose").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return carry_out(asked, folder)
    except BlockingIOError:
        print("Another run of this checkout is under way: wait for it.", file=sys.stderr)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"`{' '.join(map(str, error.cmd))}` failed; see {folder}/compose.log.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The stack did not answer: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 2


def carry_out(asked: argparse.Namespace, folder: Path) -> int:
    """Build, start, load, compare, take away."""
    clock = figures.Clock()
    engine, command = engine_version(), compose_command()
    (folder / "compose.log").write_text("")
    with clock.stage("base image"):
        if asked.base == BASE:
            make_base(folder)
    with clock.stage("wheels and context"):
        make_context(SCENARIO, folder / "context")
    project = _project(command, asked.base, folder / "context/compose.yaml")
    project.remove()
    with clock.stage("build"):
        project.compose("build")
    try:
        found = _while_it_runs(project, clock, asked, folder)
        with clock.stage("down"):
            project.remove()
    finally:
        if project.remains():
            project.remove()
    found |= {"stages_s": clock.stages_s, "left": project.remains()}
    found["versions"] |= {"docker": engine, "compose": output(*command, "version", "--short")}
    (folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n")
    print(figures.text(found))
    failed = sum(step["failed"] for step in found["steps"])
    return int(bool(failed or found["left"] or found["sampling"]["wrong"]))


def _while_it_runs(
    project: Project, clock: figures.Clock, asked: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    with clock.stage("up"):
        project.compose("up", "--detach")
        _wait_until_healthy(project)
    with clock.stage("migrate"):
        project.compose("exec", "-T", "web", "python", "-m", "django", "migrate", "--verbosity=0")
    with clock.stage("seed"):
        project.compose("exec", "-T", "web", "python", "-m", "django", "seed")
    containers = project.containers()
    pids = {name: each["State"]["Pid"] for name, each in containers.items()}
    with Check(project.name, _observed(containers), folder / "samples.jsonl") as check:
        with clock.stage("idle"):
            idle = figures.Spell(check.compare(pids))
            time.sleep(asked.idle)
            idle.end(check.compare(pids))
        versions = _versions(project, containers, check.introduction["servers"])
        steps = []
        for number, (users, seconds) in enumerate(asked.step):
            with clock.stage(f"load {users} users"):
                file = folder / "context/run.toml"
                file.write_text(_scenario(project, containers, users, seconds))
                steps.append(_load(file, folder / f"run-{number}", check, pids, project))
    return {
        "versions": versions,
        "image_bytes": figures.image_bytes(containers),
        "idle": idle.figures(),
        "steps": steps,
        "metrics_missing": _missing_metrics(containers),
        "sampling": check.verdict.figures(),
    }


def _load(file: Path, run: Path, check: Check, pids: dict[str, int], project: Project) -> dict[str, Any]:
    """Load the stack with ``capplan loadtest``, and compare meanwhile."""
    shutil.rmtree(run, ignore_errors=True)
    words = [sys.executable, "-P", "-m", "capplan", "loadtest", str(file), "--output", str(run), "--quiet"]
    with (
        run.with_suffix(".log").open("w") as talk,
        subprocess.Popen(words, env=project.environment, stdout=talk, stderr=talk) as load,
    ):
        try:
            memory = check.compare(pids)
            while load.poll() is None:
                time.sleep(_COMPARE_EVERY_S)
                if load.poll() is None:
                    memory = check.compare(pids)
        finally:
            load.terminate()  # where this is to end, for it would be waited for
    return figures.step(next(run.glob("steps/*/step.json")), memory)


def _project(command: tuple[str, ...], base: str, file: Path) -> Project:
    mark = hashlib.sha256(str(SCENARIO).encode()).hexdigest()[:8]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "CAPPLAN_BASE": base,
        "CAPPLAN_PORT": str(port),
        "CAPPLAN_DB_PASSWORD": secrets.token_hex(16),
        "CAPPLAN_SECRET_KEY": secrets.token_hex(32),
    }
    return Project(
        name=f"capplan-stack-{mark}", command=command, file=file, environment=environment | builder()
    )


def _observed(containers: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return how each service is observed: the database and Redis are asked at their own addresses."""
    password = next(
        word.partition("=")[2]
        for word in containers["db"]["Config"]["Env"]
        if word.startswith("POSTGRES_PASSWORD=")
    )
    urls = {
        "db": ("postgresql", f"postgresql://booking:{password}@{address(containers['db'])}:5432/booking"),
        "redis": ("redis", f"redis://{address(containers['redis'])}:6379/0"),
    }
    others = {name: {"kind": KINDS.get(name, "other")} for name in containers}
    return others | {name: {"kind": kind, "url": url} for name, (kind, url) in urls.items()}


def _scenario(project: Project, containers: dict[str, Any], users: int, seconds: int) -> str:
    """Return a scenario of one step; the password is referred to, never written."""
    password = project.environment["CAPPLAN_DB_PASSWORD"]
    lines = [
        'name = "compose"',
        f'base_url = "http://127.0.0.1:{project.environment["CAPPLAN_PORT"]}"',
        '[load]\nlocustfile = "locustfile.py"\nuser_classes = ["Visitor"]',
        f'[observe]\ncompose_project = "{project.name}"',
    ]
    for name, each in _observed(containers).items():
        lines.append(f"[observe.services.{name}]")
        lines += [
            f'{key} = "{value}"'.replace(password, "${CAPPLAN_DB_PASSWORD}") for key, value in each.items()
        ]
    settle_s = 10 + round(users / _LOGINS_PER_S)
    step = f'kind = "users"\nusers = {users}\nduration = "{seconds} s"\nsettle = "{settle_s} s"'
    return "\n".join([*lines, f"[[steps]]\n{step}\n"])


def _wait_until_healthy(project: Project) -> None:
    deadline = time.monotonic() + 180
    while True:
        health = {name: each["State"]["Health"]["Status"] for name, each in project.containers().items()}
        waiting = sorted(name for name, status in health.items() if status != "healthy")
        if health and not waiting:
            return
        if time.monotonic() > deadline:
            sys.exit(f"Not healthy after three minutes: {', '.join(waiting) or 'no container runs'}.")
        time.sleep(1)


def address(container: dict[str, Any]) -> str:
    """Return the address of a container in the network that all share."""
    networks = container["NetworkSettings"]["Networks"]
    return str(next(each["IPAddress"] for name, each in networks.items() if name.endswith("_inside")))


def _versions(project: Project, containers: dict[str, Any], servers: list[dict[str, str]]) -> dict[str, str]:
    """Return what each server says of itself, over its own protocol."""
    found = {each["name"]: each["version"] for each in servers if each["version"]}
    for name, url in (
        ("nginx", f"http://127.0.0.1:{project.environment['CAPPLAN_PORT']}/healthz"),
        ("asgi", f"http://{address(containers['asgi'])}:8000/healthz"),
        ("prometheus", f"http://{address(containers['prometheus'])}:9090/api/v1/status/buildinfo"),
    ):
        told, server = _get(url)
        if name == "prometheus":
            found[name] = told["data"]["version"]
        else:
            found |= told["versions"]
        if name == "nginx":
            found[name] = server
    return found


def _missing_metrics(containers: dict[str, Any]) -> list[str]:
    """Return the metrics of the dashboard that Prometheus does not have."""
    dashboard = json.loads((SCENARIO / "compose/grafana/dashboards/stack.json").read_text())
    told, _ = _get(f"http://{address(containers['prometheus'])}:9090/api/v1/label/__name__/values")
    return sorted(set(figures.metrics(dashboard)) - set(told["data"]))


def _get(url: str) -> tuple[dict[str, Any], str]:
    request = urllib.request.Request(url, headers={"Host": "localhost"})  # noqa: S310 - a container of ours
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        return json.load(answer), answer.headers.get("Server", "")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default=BASE, metavar="IMAGE", help="a Debian 12 to build upon")
    parser.add_argument(
        "--idle", type=float, default=5.0, metavar="SECONDS", help="time watched without load"
    )
    parser.add_argument(
        "--step", action="append", metavar="USERS:SECONDS", type=_users_and_seconds, help="may be repeated"
    )
    asked = parser.parse_args()
    asked.step = asked.step or [(20, 20)]
    return asked


def _users_and_seconds(text: str) -> tuple[int, int]:
    users, seconds = text.split(":")
    return int(users), int(seconds)


if __name__ == "__main__":
    sys.exit(main())
