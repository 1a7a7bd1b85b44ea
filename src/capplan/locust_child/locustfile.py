"""locustfile: reads the user's own locustfile, by Locust's own loader, or makes users who ask for paths in turn."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from locust import FastHttpUser, SequentialTaskSet, User
from locust.user.task import TaskSet
from locust.util.load_locustfile import load_locustfile

from capplan.errors import InputError
from capplan.locust_child.orders import Settings


def read_users(settings: Settings) -> list[type[User]]:
    """Return the user classes of a run, by name.

    Raises
    ------
    InputError
        If the locustfile cannot be loaded or has not what was asked for.
    """
    if settings.locustfile is None:
        return [asking_in_turn(settings.paths)]
    found = _loaded(settings.locustfile)
    missing = [name for name in settings.user_classes if name not in found]
    if missing:
        raise InputError(
            "load.user_classes",
            found=repr(missing[0]),
            expected=f"user classes of {settings.locustfile}: {', '.join(sorted(found)) or 'there are none'}",
            remedy="correct the name",
        )
    chosen = [found[name] for name in sorted(settings.user_classes or found)]
    for each in chosen:
        _require_tasks(settings.locustfile, each)
    chosen = [each for each in chosen if each.weight > 0 or each.fixed_count > 0]
    if not chosen:
        raise InputError(
            settings.locustfile,
            found="no user class that could run",
            expected="a class derived from HttpUser, FastHttpUser, WebSocketUser or User, of some weight",
            remedy="add one",
        )
    return chosen


def asking_in_turn(paths: Sequence[str]) -> type[User]:
    """Return a user class whose users ask for these paths in turn, each beginning at another one."""

    class InTurn(SequentialTaskSet):
        tasks = [_asking(path) for path in paths]  # noqa: RUF012 - as Locust reads it

        def __init__(self, parent: Any) -> None:
            super().__init__(parent)
            for _ in range(parent.capplan_user % len(paths)):
                self.get_next_task()

    class Visitor(FastHttpUser):
        tasks = [InTurn]  # noqa: RUF012 - as above

    return Visitor


def _asking(path: str) -> Callable[[Any], None]:
    def ask(tasks: Any) -> None:
        tasks.client.get(path)

    ask.__name__ = path
    return ask


def task_names(tasks: Sequence[Any]) -> Iterator[str]:
    """Yield the names of the functions among tasks, those in nested task sets too."""
    for each in tasks:
        if _is_set(each):
            yield from task_names(inner_tasks(each))
        else:
            yield getattr(each, "__name__", str(each))


def restricted(tasks: Sequence[Any], only: str) -> list[Any]:
    """Return the tasks that lead to the one of this name and to no other; as many as led there before."""
    found = []
    for each in tasks:
        if not _is_set(each):
            found += [each] if getattr(each, "__name__", None) == only else []
        elif inner := restricted(inner_tasks(each), only):
            found.append(_always(each, inner[0]))
    return found


def inner_tasks(task_set: type[TaskSet]) -> list[Any]:
    """Return the tasks of a task set; those of a Markov chain stand in its class."""
    return list(task_set.tasks) or [each for each in vars(task_set).values() if hasattr(each, "transitions")]


def _always(task_set: Any, task: Any) -> Any:
    """Return the same task set, which always chooses one task; its ``on_start`` and the like stay."""
    content: dict[str, Any] = {"abstract": True, "get_next_task": lambda _self: task}
    return type(task_set)(task_set.__name__, (task_set,), content)


def _is_set(task: Any) -> bool:
    return isinstance(task, type) and issubclass(task, TaskSet)


def _loaded(path: str) -> dict[str, type[User]]:
    if not Path(path).is_file():
        raise InputError(
            path, found="no such file", expected="a locustfile", remedy="correct load.locustfile"
        )
    try:
        return load_locustfile(path)[0]
    except (Exception, SystemExit) as error:
        raise InputError(
            f"{path}{_line(path, error)}",
            found=" ".join(f"{type(error).__name__}: {error}".split()),
            expected="a locustfile that can be loaded",
            remedy="correct it; `python -m locust -f FILE --list` shows the same",
        ) from error


def _line(path: str, error: BaseException) -> str:
    """Return the last line of the locustfile that an error passed, as ``:N``."""
    if isinstance(error, SyntaxError):
        return f":{error.lineno}"
    passed = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == path]
    return f":{passed[-1]}" if passed else ""


def _require_tasks(path: str, user_class: type[User]) -> None:
    if not any(task_names(user_class.tasks)):
        raise InputError(
            path,
            found=f"a user class {user_class.__name__} without tasks",
            expected="at least one function with @task",
            remedy="add one, or leave the class out by load.user_classes",
        )
