"""observed_memory: what each service of a running stack holds at this moment, without page cache."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from capplan.errors import InputError
from capplan.loadtest.child_process import Message
from capplan.loadtest.instruments import Instruments

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One service: its name, its kind and its memory in bytes."""

    name: str
    kind: str
    memory_bytes: float


def observe_memory(place: str, settings: Message) -> tuple[Observation, ...]:
    """Take one full sample and return the memory of every service whose memory can be read.

    Parameters
    ----------
    place : what was asked for, for messages.
    settings : what the sampler is to watch.

    Raises
    ------
    InputError
        If nothing was found there.
    """
    with tempfile.TemporaryDirectory(prefix="capplan-") as name:
        folder = Path(name)
        (folder / "logs").mkdir()
        instruments = Instruments(folder, f"observe-{os.getpid()}", _TIMEOUT_S)
        try:
            instruments.open_sampler(settings)
            services = instruments.mark("observed").get("services", {})
        finally:
            instruments.close()
    kinds = instruments.kinds
    found = [
        Observation(name=name, kind=kinds[name], memory_bytes=held)
        for name, each in services.items()
        if (held := each.get("pss_bytes") or each.get("need_bytes")) is not None
    ]
    if not found:
        raise InputError(
            place,
            found="no running service whose memory can be read",
            expected="at least one",
            remedy="start the stack, and check how the scenario says its services are found",
        )
    return tuple(found)
