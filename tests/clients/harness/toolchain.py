"""Builds the client programs of languages that CMake does not know: tests/clients/java, tests/clients/go.

Each is built again only when something changed that it is made of. Both return (why it could not be built
here, or None; what is wrong with the program, or None): the first is no failure, the second is one.
"""

import hashlib
import shutil
import subprocess

JAVA_OPTIONS = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]


def _stamp(files):
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _build(done, stamp, command, **options):
    """Runs the command unless it was run with this stamp. Returns its complaint, or None."""
    if done.exists() and done.read_text() == stamp:
        return None
    try:
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=400, **options)
    except subprocess.TimeoutExpired:
        return f"{command[0]} took more than 400 s"
    if result.returncode != 0:
        return f"{command[0]}: {(result.stderr + result.stdout).strip()[-600:]}"
    done.write_text(stamp)
    return None


def java_jars(build):
    """Kafka's jars, and those of the Redis clients."""
    folder = build / "tests/clients/maven"
    return f"{folder / 'jars'}/*:{folder / 'redis/jars'}/*"


def java_path(build):
    return f"{build / 'tests/clients/java/classes'}:{java_jars(build)}"


def build_java(source, build):
    """Compiles against the jars that client.install_java_tools() fetched."""
    if not shutil.which("javac"):
        return "javac is not installed", None
    fetched = [build / "tests/clients/maven" / folder / ".installed" for folder in ("", "redis")]
    if not all(path.exists() for path in fetched):
        return "no jars", None
    target = build / "tests/clients/java"
    programs = sorted(source.glob("*.java"))
    stamp = _stamp([*programs, *fetched])
    done = target / ".built"
    if not done.exists() or done.read_text() != stamp:
        shutil.rmtree(target, ignore_errors=True)
    (target / "classes").mkdir(parents=True, exist_ok=True)
    return None, _build(
        done, stamp, ["javac", "--release", "17", "-Xlint:all,-processing,-classfile,-path", "-Werror",
                      "-d", target / "classes", "-cp", java_jars(build), *programs])


def build_go(source, build):
    """Builds one program; its modules come from the Go module proxy, or from where they are kept."""
    if not shutil.which("go"):
        return "go is not installed", None
    target = build / "tests/clients/go"
    target.mkdir(parents=True, exist_ok=True)
    fetched = _build(target / ".fetched", _stamp([source / "go.mod", source / "go.sum"]),
                     ["go", "mod", "download"], cwd=source)
    if fetched:
        return fetched, None
    return None, _build(
        target / ".built", _stamp([*source.glob("*.go"), source / "go.mod", source / "go.sum"]),
        ["go", "build", "-trimpath", "-o", target / "client_flow", "."], cwd=source)


def go_module(source, build, module):
    """The version of a module that the program was built with, or None."""
    if not (build / "tests/clients/go/.built").exists():
        return None
    [line] = [words for words in map(str.split, (source / "go.mod").read_text().splitlines())
              if words[:1] == [module]]
    return line[1].removeprefix("v")
