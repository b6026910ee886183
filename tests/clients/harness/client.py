"""Which clients there are, from where, and whether they can run here.

Base tier: Debian packages and npm; one that is missing there is a failure. Newest tier: the newest PyPI
releases in a virtual environment, what Kafka publishes for the JVM from Maven and Go modules, where those
registries are reachable and there is a Java and a Go. Absent tier: clients for which no flow exists yet;
they are named so that nobody takes them for tested.
"""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import toolchain

BASE, NEWEST = "base", "newest"

# client -> (tiers, how its presence and version are found out)
CLIENTS = {
    "confluent-kafka": ((BASE, NEWEST), "python:confluent-kafka"),
    # The same library, where it is new enough for the newer protocol of consumer groups.
    "confluent-kafka-consumer": ((NEWEST,), "python:confluent-kafka"),
    "kafka-python": ((BASE,), "python:kafka-python"),
    "redis-py": ((BASE, NEWEST), "python:redis"),
    # The same library, where it has calls for what Redis 8 brought.
    "redis-py-newest": ((NEWEST,), "python:redis"),
    "nats-py": ((NEWEST,), "python:nats-py"),
    "kcat": ((BASE,), "command:kcat -V"),
    "redis-cli": ((BASE,), "command:redis-cli --version"),
    "redis-benchmark": ((BASE,), "command:redis-benchmark --version"),
    "librdkafka": ((BASE,), "package:rdkafka"),
    "hiredis": ((BASE,), "package:hiredis"),
    "cnats": ((BASE,), "package:libnats"),
    "kafkajs": ((BASE,), "node:kafkajs"),
    "platformatic": ((BASE,), "node:@platformatic/kafka"),
    "ioredis": ((BASE,), "node:ioredis"),
    "ioredis5": ((BASE,), "node:ioredis5"),
    "node-redis": ((BASE,), "node:redis"),
    "nats.js": ((BASE,), "node:@nats-io/transport-node"),
    "kafka-dump-log": ((NEWEST,), "maven:kafka_2.13"),
    "kafka-tools": ((NEWEST,), "maven:kafka-tools"),
    "connect": ((NEWEST,), "maven:connect/connect-runtime"),
    "kafka-schemas": ((NEWEST,), "python:kafka-python"),
    "java": ((NEWEST,), "built:kafka-clients"),
    "franz-go": ((NEWEST,), "go:github.com/twmb/franz-go"),
    "sarama": ((NEWEST,), "go:github.com/IBM/sarama"),
    "kafka-go": ((NEWEST,), "go:github.com/segmentio/kafka-go"),
    "jedis": ((NEWEST,), "built:redis/jedis"),
    "lettuce": ((NEWEST,), "built:redis/lettuce-core"),
    "go-redis": ((NEWEST,), "go:github.com/redis/go-redis/v9"),
    "raw": ((BASE,), "none"),  # sockets, where the point is what no client sends
}

NEWEST_PACKAGES = {"confluent-kafka": "confluent-kafka", "redis-py": "redis", "nats-py": "nats-py",
                   "kafka-schemas": "kafka-python"}

# Clients worth running that no flow is written for.
ABSENT = {
    "nats.go": "no Go toolchain tier yet",
}


def version_of(client, build):
    """The client's version, or None when it is not here."""
    kind, _, name = CLIENTS[client][1].partition(":")
    try:
        if kind == "python":
            return importlib.metadata.version(name)
        if kind == "none":
            return "-"
        if kind == "go":
            return toolchain.go_module(flows_folder() / "go", build, name)
        if kind == "built" and not (build / "tests/clients/java/.built").exists():
            return None
        if kind in ("built", "maven"):
            folder, _, name = name.rpartition("/")
            [jar] = (build / "tests/clients/maven" / folder / "jars").glob(f"{name}-[0-9]*.jar")
            return jar.stem.removeprefix(f"{name}-") if shutil.which("java") else None
        if kind == "package":
            command = ["pkg-config", "--modversion", name]
        elif kind == "command":
            command = name.split()
        else:
            package = build / "tests/clients/node/node_modules" / name / "package.json"
            return re.search(r'"version":\s*"([^"]+)"', package.read_text()).group(1)
        said = subprocess.run(command, capture_output=True, text=True, timeout=20)
        text = said.stdout + said.stderr
        return re.search(r"\d+\.\d+(\.\d+)?", text).group(0) if said.returncode == 0 else None
    except (importlib.metadata.PackageNotFoundError, OSError, AttributeError, ValueError):
        return None


def install_node_packages(source, build):
    """Copies the scripts beside an installed node_modules. Returns why it could not, or None."""
    target = build / "tests/clients/node"
    target.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_text()
    done = target / ".installed"
    for script in [*source.glob("*.mjs"), *source.glob("package*.json")]:
        shutil.copy(script, target)
    if done.exists() and done.read_text() == lock:
        return None
    if not shutil.which("npm"):
        return "npm is not installed"
    result = subprocess.run(
        ["npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], cwd=target,
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        return f"npm ci: {result.stderr.strip()[-400:]}"
    done.write_text(lock)
    return None


def install_java_tools(source, build):
    """Fetches what each pom.xml below `source` names and all that needs, into a `jars` beside a copy.

    Returns why it could not, or None.
    """
    for pom in sorted(source.glob("**/pom.xml")):
        why_not = _install_jars(pom, build / "tests/clients/maven" / pom.parent.relative_to(source))
        if why_not:
            return why_not
    return None


def _install_jars(pom, target):
    target.mkdir(parents=True, exist_ok=True)
    text = pom.read_text()
    done = target / ".installed"
    if done.exists() and done.read_text() == text:
        return None
    for program in ("java", "mvn"):
        if not shutil.which(program):
            return f"{program} is not installed"
    shutil.rmtree(target / "jars", ignore_errors=True)
    shutil.copy(pom, target)
    try:
        result = subprocess.run(
            ["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies",
             "-DincludeScope=runtime", "-DoutputDirectory=jars"], cwd=target, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=300)
    except subprocess.TimeoutExpired:
        return "mvn took more than 300 s"
    if result.returncode != 0:
        said = [line for line in result.stdout.splitlines() if "ERROR" in line]
        return f"mvn: {said[0][:200] if said else 'failed'}"
    done.write_text(text)
    return None


def install_newest(build):
    """A virtual environment with the newest PyPI clients: (its python, None) or (None, why not).

    A client that cannot be had is left out; version_of() says so later.
    """
    folder = build / "tests/clients/venv"
    python = folder / "bin/python3"
    if not python.exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", folder], capture_output=True, text=True)
        if made.returncode != 0:
            return None, f"no virtual environment: {made.stdout.strip()[-200:]}"
    failures = []
    for package in NEWEST_PACKAGES.values():
        got = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--upgrade", "--only-binary=:all:",
             "--retries", "1", package],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if got.returncode != 0:
            failures.append(f"{package}: {got.stderr.strip().splitlines()[-1:]}")
    return python, "; ".join(failures) or None


def flows_folder():
    return Path(__file__).resolve().parent.parent
