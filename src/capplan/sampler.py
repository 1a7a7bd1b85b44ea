"""sampler: the process that watches: samples at fixed moments and at marks, told and telling in lines of JSON.

Run as ``python -m capplan.sampler``. It ends at the end of its input, so it does not outlive whoever started it.
"""

import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from capplan.errors import EXIT_BAD_INPUT
from capplan.live_sample import LiveSample
from capplan.sample_file import SampleFile
from capplan.sampling import Sampling, Settings
from capplan.voice import Voice

_NANOSECONDS = 1_000_000_000
_CHUNK_BYTES = 1 << 16
_MARK_ANSWERS_WITHIN_S = 2.0
_SHORT = 0.5
"""Servers have this part of an interval to answer in."""


class Sampler:
    """Samples on a schedule that never drifts, and whenever it is told to."""

    def __init__(self, settings: Settings, voice: Voice) -> None:
        self._sampling = Sampling(settings, own=(os.getpid(), os.getppid()))
        self._file = SampleFile(settings.file)
        self._voice = voice
        self._live = LiveSample()
        self._interval_ns = int(settings.interval_s * _NANOSECONDS)
        self._memory_interval_ns = int(settings.memory_interval_s * _NANOSECONDS)
        self._start_ns = time.monotonic_ns()
        self._next_ns = self._start_ns
        self._next_full_ns = self._start_ns
        self._known = self._sampling.absent
        self._ended = False
        voice.say(
            event="ready",
            at_ns=self._start_ns,
            services=self._sampling.services,
            absent=self._known,
            servers=self._sampling.servers,
        )
