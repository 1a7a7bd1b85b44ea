"""subject: a process that does what it is told on its standard input, and says what it really used.

Run as ``python subject.py [WORDS]``; the words only make its command line its own. Each line is a command and its
numbers; the reply is one line of JSON with the processor time of this process and of the children it waited for.
"""

import json
import mmap
import os
import resource
import signal
import sys
import time
from collections.abc import Callable

_PAGE_BYTES = mmap.PAGESIZE
_MIB = 1 << 20
_LINGER_S = 30


def burn(seconds: float) -> None:
    """Use that much processor time of this process."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def touch(memory: mmap.mmap) -> None:
    """Write to every page."""
    for start in range(0, len(memory), _PAGE_BYTES):
        memory[start] = 1


class Subject:
    """What the commands act on."""

    def __init__(self) -> None:
        self._memory: list[mmap.mmap] = []
        self._children: list[tuple[int, int]] = []

    def burn(self, seconds: float) -> None:
        """Use processor time."""
        burn(seconds)

    def fork_and_wait(self, count: float, seconds: float) -> None:
        """Have children, one after the other, each of which uses processor time and ends."""
        for _ in range(int(count)):
            pid = os.fork()
            if pid == 0:
                burn(seconds)
                os._exit(0)
            os.waitpid(pid, 0)

    def keep(self, count: float, seconds: float) -> None:
        """Have children that use processor time and then stay."""
        for _ in range(int(count)):
            told, tell = os.pipe()
            ready, report = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(tell)
                burn(seconds)
                os.write(report, b".")
                while os.read(told, 1) == b"t":
                    for memory in self._memory:
                        touch(memory)
                    os.write(report, b".")
                os._exit(0)
            os.close(told)
            os.read(ready, 1)
            self._children.append((tell, ready))

    def leave(self, seconds: float) -> None:
        """Have a child that outlives this process, and only then uses processor time."""
        parent = os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                time.sleep(0.01)
            burn(seconds)
            time.sleep(_LINGER_S)
            os._exit(0)

    def ignore_children(self) -> None:
        """Have the kernel throw away what children used, as SIG_IGN does."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    def release(self) -> None:
        """Let the children that stay end, and wait for them."""
        for tell, _ in self._children:
            os.close(tell)
        self._children.clear()
        while True:
            try:
                os.wait()
            except ChildProcessError:
                return

    def allocate(self, mebibytes: float) -> None:
        """Take private memory and write to it."""
        self._memory.append(mmap.mmap(-1, int(mebibytes) * _MIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        touch(self._memory[-1])

    def map_shared(self, mebibytes: float) -> None:
        """Take memory that children born later will share, without writing to it."""
        self._memory.append(mmap.mmap(-1, int(mebibytes) * _MIB))

    def touch_all(self) -> None:
        """Write to all memory, here and in the children that stay."""
        for memory in self._memory:
            touch(memory)
        for tell, ready in self._children:
            os.write(tell, b"t")
            os.read(ready, 1)

    def write(self, path: str, mebibytes: float) -> None:
        """Write a file in a child and wait until it is on the disk."""
        pid = os.fork()
        if pid == 0:
            file = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.write(file, os.urandom(int(mebibytes) * _MIB))
            os.fsync(file)
            os._exit(0)
        os.waitpid(pid, 0)


def main() -> None:
    """Obey until the input ends."""
    subject = Subject()
    for line in sys.stdin:
        name, *words = line.split()
        command: Callable[..., None] = getattr(subject, name)
        command(*(word if word.startswith("/") else float(word) for word in words))
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own_s = time.process_time()
        told = {"pid": os.getpid(), "own_s": own_s, "children_s": children.ru_utime + children.ru_stime}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
