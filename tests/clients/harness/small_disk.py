"""A broker on a disk that can be filled: a tmpfs in a mount namespace of its own, which needs no root
where users may make namespaces, and leaves nothing behind."""

import contextlib
import os
import subprocess
from pathlib import Path

from case import NotRun
from server import Braid


class SmallDisk:
    """Mounted at `place`, for programs started with command(); others see it through path()."""

    def __init__(self, place, size_bytes):
        self.place = Path(place)
        self.root = os.geteuid() == 0
        script = f"mount -t tmpfs -o size={size_bytes} tmpfs {self.place} && echo mounted && exec cat"
        self.holder = subprocess.Popen(
            ["unshare", "--mount", *([] if self.root else ["--map-root-user"]), "sh", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline().strip() != "mounted":
            why = self.holder.communicate()[1].strip()
            raise NotRun(f"no disk can be mounted here: {why}")

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()

    def command(self, arguments):
        user = [] if self.root else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", str(self.holder.pid), "--mount", *user, "--", *arguments]

    def path(self, name):
        return Path(f"/proc/{self.holder.pid}/root{self.place}") / name

    def fill(self):
        """Leaves no room at all."""
        with open(self.path("filler"), "ab", buffering=0) as filler:
            for piece in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while filler.write(b"f" * piece) == piece:
                        pass

    def free(self):
        self.path("filler").unlink()


class BraidOnSmallDisk(Braid):
    def __init__(self, binary, size_bytes, arguments=()):
        super().__init__(binary, arguments)
        place = self.dir / "disk"
        place.mkdir()
        self.disk = SmallDisk(place, size_bytes)
        self.data = place / "data"

    def spawn(self, arguments):
        super().spawn(self.disk.command(arguments))

    def __exit__(self, *unused):
        if self.alive():
            self.kill()
        self.disk.close()
        super().__exit__()


@contextlib.contextmanager
def on_small_disk(context, size_bytes, *arguments):
    """As Context.own_server()."""
    with BraidOnSmallDisk(context.build / "tools/braid", size_bytes, arguments) as server:
        try:
            yield server
        except BaseException:
            context.logs.append(server.log_tail())
            raise
