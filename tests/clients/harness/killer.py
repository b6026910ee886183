"""Kills a server with SIGKILL again and again, in the middle of whatever goes on."""

import threading

import wait

KILLS = 12


class Killer(threading.Thread):
    """Starts with `with`. Before each kill it waits until progress() has grown since the restart, so that
    every kill hits a flow that is under way, then for a random moment.

    `running` is true until the last restart; error is set when a restart failed.
    """

    def __init__(self, server, rng, progress, kills=KILLS):
        super().__init__(daemon=True)
        self.server, self.rng, self.progress, self.kills = server, rng, progress, kills
        self.done = 0
        self.running = True
        self.error = None
        self.stopped = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stopped.set()
        self.join()

    def run(self):
        try:
            while self.done < self.kills and not self.stopped.is_set():
                reached = self.progress()
                wait.until(lambda: self.progress() > reached or self.stopped.is_set(), 30,
                           f"progress after {self.done} kills")
                wait.for_moment(self.rng.uniform(0, 0.4))
                self.server.kill()
                self.done += 1
                wait.for_moment(self.rng.uniform(0, 0.1))
                self.server.start()
        except BaseException as error:  # whoever waits for the end must see it
            self.error = error
        finally:
            self.running = False

    def check(self):
        """Raises what went wrong in the thread."""
        if self.error:
            raise self.error
