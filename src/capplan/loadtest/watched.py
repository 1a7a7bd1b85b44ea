"""watched: what the sampler is told to watch, from a scenario or from the name of a Compose project."""

from collections.abc import Collection
from pathlib import Path

from capplan.errors import InputError
from capplan.loadtest.child_process import Message
from capplan.loadtest.referenced_secrets import resolved_url
from capplan.scenario import Observe
from capplan.scenario_file import read_scenario
from capplan.stack import observed_by

_COMPOSE = "compose:"


def sampler_settings(observe: Observe, allowed: Collection[str]) -> Message:
    """Return the sampler's settings, with secrets in the place of their references.

    Parameters
    ----------
    allowed : addresses beyond loopback and local containers that may be asked.
    """
    services = {}
    for name, each in observe.services.items():
        found = each.model_dump(exclude_none=True)
        if each.url is not None:
            found["url"] = resolved_url(f"observe.services.{name}.url", each.url)
        services[name] = found
    return {
        "interval_s": observe.interval,
        "memory_interval_s": observe.memory_interval,
        "services": services,
        "prometheus": observe.prometheus,
        "compose_project": observe.compose_project,
        "allowed": list(allowed),
    }


def watched(what: str) -> Message:
    """Return the settings for a scenario's file or folder, or for ``compose:PROJECT``.

    Raises
    ------
    InputError
        If it is neither, or the scenario's own stack is not up.
    """
    if what.startswith(_COMPOSE):
        return sampler_settings(Observe(compose_project=what.removeprefix(_COMPOSE)), ())
    scenario = read_scenario(Path(what))
    observe = scenario.observe
    if scenario.stack is not None:
        found = observed_by(scenario.name)
        if found is None:
            raise InputError(
                f"--observe {what}",
                found="a stack that is not up",
                expected="a running one",
                remedy=f"start it with `capplan stack up {what}`",
            )
        observe = observe.model_copy(update={"services": found | observe.services})
    return sampler_settings(observe, ())
