"""kernel_files: small files the kernel writes when they are read, and what stands in them."""

import os
from collections.abc import Mapping

_CHUNK_BYTES = 1 << 16
# The kernel hands out lists a page at a time, and everything shorter than half a page at once.
_SURELY_WHOLE_BYTES = 2048


def read_kernel_file(path: str) -> bytes:
    """Return what stands in a file of /proc or of a control group, mostly by one system call."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.read(file, _CHUNK_BYTES)
        if len(found) > _SURELY_WHOLE_BYTES:
            while more := os.read(file, _CHUNK_BYTES):
                found += more
    finally:
        os.close(file)
    return found


def read_keyed(path: str) -> Mapping[bytes, int]:
    """Return a file of lines such as ``oom_kill 3`` or ``Pss: 120 kB`` as numbers by key."""
    found = {}
    for line in read_kernel_file(path).splitlines():
        words = line.split()
        if len(words) > 1 and words[1].isdigit():
            found[words[0].rstrip(b":")] = int(words[1])
    return found


def read_number(path: str) -> int | None:
    """Return the one number of a file, or None where it says ``max`` or ``-1``: no limit."""
    text = read_kernel_file(path).strip()
    return int(text) if text.isdigit() else None
