"""Runs several programs as one: prefixes their output, starts a dead one again, ends them all, leaves no orphan.

Knows nothing about the portal; what to run is the ``portal`` command's business.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

GRACE_SECONDS = 20.0
TICK_SECONDS = 0.2
# A program that lives shorter than this is started again after a growing wait.
STABLE_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 10.0
PR_SET_PDEATHSIG = 1


@dataclass
class Program:
    """One program; ``restarts`` counts how often it died since it last ran well."""

    name: str
    command: Sequence[str]
    # Open files handed on to it, a listening socket for instance.
    files: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    restarts: int = 0
    rest: bytes = field(default=b"", repr=False)

    def end(self, number: int) -> None:
        """Send a signal to the program alone, or with SIGKILL to everything it has started."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            pass


class Supervisor:
    """Runs ``programs`` until SIGINT, SIGTERM or SIGHUP; a second signal ends them at once."""

    def __init__(self, programs: Sequence[Program], *, grace: float = GRACE_SECONDS) -> None:
        self.programs = programs
        self.grace = grace
        self.signals = 0
        self.width = max(len(program.name) for program in programs)
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Returns when all programs have ended after a signal."""
        with self._signals():
            try:
                while not self.signals:
                    self._start_what_is_due()
                    self._pump(TICK_SECONDS)
                    self._reap()
            finally:
                self._end_all()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def note(number: int, frame: FrameType | None) -> None:
            self.signals += 1

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_what_is_due(self) -> None:
        for program in self.programs:
            if program.process is None and time.monotonic() >= program.due_at:
                self._start(program)

    def _start(self, program: Program) -> None:
        program.process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Its own group: Ctrl-C reaches us alone, and we can end all it has started.
            start_new_session=True,
            pass_fds=program.files,
            preexec_fn=_die_with(os.getpid()),
        )
        assert program.process.stdout is not None
        program.started_at = time.monotonic()
        os.set_blocking(program.process.stdout.fileno(), False)
        self.selector.register(program.process.stdout, selectors.EVENT_READ, program)

    def _pump(self, patience: float) -> None:
        if not self.selector.get_map():
            time.sleep(patience)
            return
        for key, _ in self.selector.select(patience):
            data = os.read(key.fd, 65536)
            self._print(key.data, data)
            if not data:
                self.selector.unregister(key.fileobj)

    def _print(self, program: Program, data: bytes) -> None:
        *lines, program.rest = (program.rest + data).split(b"\n")
        if not data and program.rest:
            lines, program.rest = [*lines, program.rest], b""
        for line in lines:
            self.say(program.name, line.decode(errors="replace"))

    def say(self, name: str, text: str) -> None:
        """One line of output. Nobody reading any more is a reason to stop, not to crash."""
        try:
            print(f"{name:<{self.width}} | {text}", flush=True)
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            self.signals += 1

    def _reap(self) -> None:
        now = time.monotonic()
        for program in self.programs:
            if program.process is None or program.process.poll() is None:
                continue
            code = program.process.returncode
            self._forget(program)
            program.restarts = 1 if now - program.started_at > STABLE_SECONDS else program.restarts + 1
            wait = 0.0 if program.restarts == 1 else min(0.5 * 2**program.restarts, LONGEST_WAIT_SECONDS)
            program.due_at = now + wait
            self.say(program.name, f"ended with {code}; starting it again" + (f" in {wait:.0f} s" if wait else ""))

    def _forget(self, program: Program) -> None:
        """End what the program left behind, print its last words, close its pipe."""
        program.end(signal.SIGKILL)
        process, program.process = program.process, None
        assert process is not None and process.stdout is not None
        if process.stdout in self.selector.get_map():
            self.selector.unregister(process.stdout)
            try:
                self._print(program, os.read(process.stdout.fileno(), 65536))
            except BlockingIOError:
                pass
        process.stdout.close()

    def _end_all(self) -> None:
        """Ask them to end, last one first; after the grace time, or at the second signal, end them."""
        for program in reversed(self.programs):
            program.end(signal.SIGTERM)
        asked, deadline = self.signals, time.monotonic() + self.grace
        while any(program.process and program.process.poll() is None for program in self.programs):
            if time.monotonic() > deadline or self.signals > asked:
                for program in self.programs:
                    program.end(signal.SIGKILL)
            self._pump(0.05)
        for program in self.programs:
            if program.process is not None:
                self._forget(program)
        self.selector.close()


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with(parent: int) -> Callable[[], None]:
    """Where the system can: end the program when the supervisor dies without having had a chance to."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def stop_with_parent() -> None:
    """Where the system can: get SIGTERM when our own parent dies."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
