"""Waiting for something with a deadline, instead of for a fixed time."""

import threading
import time

_tick = threading.Event()  # never set: its wait() is a pause that a signal can end


def until(condition, seconds=20.0, what=None):
    """The first true value of condition(); AssertionError naming `what` when `seconds` pass before."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what or 'a condition'}")
        _tick.wait(0.02)


def for_moment(seconds):
    """Lets a deadline under test (an ack wait, an idle time) come due: real servers have no test clock."""
    _tick.wait(seconds)
