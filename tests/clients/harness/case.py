"""Flows as test cases: registered by @case, run one after the other, one printed line each."""

import contextlib
import dataclasses
import itertools
import random
import signal
import subprocess
import time
import traceback
from pathlib import Path

CLIENTS_DIR = Path(__file__).resolve().parent.parent
_registry = []
_counter = itertools.count(1)


class NotRun(Exception):
    """Raised by a flow that this machine cannot carry out; says why."""


@dataclasses.dataclass
class Case:
    name: str        # family.function
    family: str      # kafka, redis, nats or broker: which server it needs
    client: str      # whose library it runs, a key of clients.CLIENTS
    run: callable
    seconds: float   # it fails when it takes longer


def case(family, client, seconds=60, rename=None):
    """Registers a function of one argument, a Context, as a flow."""

    def register(function):
        name = f"{family}.{client}.{rename or function.__name__}"
        _registry.append(Case(name, family, client, function, seconds))
        return function

    return register


def registered():
    return list(_registry)


class Context:
    """What a flow is given: a running server and the means to leave no trace on other flows."""

    def __init__(self, server, new_server, build, client_info, seed):
        self.server = server            # shared by the flows of a run; never restart it
        self._new_server = new_server
        self.build = build
        self.client = client_info
        self.seed = seed
        self.rng = random.Random(seed)
        self.logs = []                  # servers whose log is shown when the flow fails

    @contextlib.contextmanager
    def own_server(self, *arguments):
        """A server of the flow's own, that it may restart and kill."""
        with self._new_server(*arguments) as server:
            try:
                yield server
            except BaseException:
                self.logs.append(server.log_tail())
                raise

    def unique(self, prefix):
        """A name that no other flow of this run uses."""
        return f"{prefix}-{next(_counter)}"

    def program(self, arguments, seconds=60, stdin=None, check=True):
        """Runs a client program and returns its standard output; a non-zero exit code is a failure."""
        try:
            result = subprocess.run(
                [str(argument) for argument in arguments], input=stdin, capture_output=True, text=True,
                timeout=seconds, stdin=None if stdin is not None else subprocess.DEVNULL)
        except subprocess.TimeoutExpired as expired:
            said = (expired.stdout or b"")[-500:], (expired.stderr or b"")[-500:]
            raise AssertionError(f"{arguments[0]} took more than {seconds} s: {said}") from None
        if check and result.returncode != 0:
            said = [line for line in (result.stderr + result.stdout[-500:]).splitlines()
                    if line.strip() and not line.lstrip().startswith(("at ", "node:"))]
            raise AssertionError(
                f"{Path(str(arguments[0])).name} ended with {result.returncode}: "
                + "\n".join(said[-10:]))
        return result.stdout if check else result

    def node(self, script, *arguments, seconds=60):
        """Runs node/SCRIPT with the packages that the runner installed."""
        return self.program(["node", self.build / "tests/clients/node" / script, *arguments], seconds)

    def built(self, name):
        """Path of a client program that the CMake build made."""
        return self.build / "tests/clients" / name


@contextlib.contextmanager
def _deadline(seconds):
    def expire(*unused):
        raise AssertionError(f"took more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def run_case(entry, context):
    """Runs one flow, prints its line, and returns None or the reason of its failure."""
    started = time.monotonic()
    reason = None
    try:
        with _deadline(entry.seconds):
            entry.run(context)
        if not context.server.alive():
            raise AssertionError("the server died during the flow")
    except (KeyboardInterrupt, NotRun):
        raise
    except BaseException as error:  # a client library may raise anything
        where = [
            frame for frame in traceback.extract_tb(error.__traceback__)
            if str(CLIENTS_DIR) in frame.filename and "harness" not in frame.filename
        ]
        place = f"{Path(where[-1].filename).name}:{where[-1].lineno}: " if where else ""
        reason = f"{place}{type(error).__name__}: {error}"
    took = time.monotonic() - started
    print(f"{'FAIL' if reason else 'ok  '} {entry.name} ({took:.1f} s)", flush=True)
    if reason:
        print("     " + reason.replace("\n", "\n     "))
        print(f"     seed {context.seed}")
        for log in context.logs or [context.server.log_tail()]:
            for line in log.splitlines():
                print("     | " + line)
    return reason
