#!/usr/bin/env python3
"""Runs flows with real clients against a broker, each exactly as a user writes it.

    run.py --build build/release                      everything, against build/release/tools/braid
    run.py --build build/release --only kafka.kcat    what contains that text
    run.py --build build/release --list               names only
    run.py --build build/release --server redis=real  Redis flows against Debian's redis-server
    run.py --build build/release --server nats=127.0.0.1:4222

Prints one line a flow, the reason and the server's log when it fails, and at the end what did not run.
Run it with /usr/bin/python3: that one sees Debian's client packages. Exit code 1 when a flow failed.
"""

import argparse
import importlib.util
import random
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
sys.path[0] = str(SOURCE / "harness")  # not SOURCE: its folders are named like the client modules

import case as cases  # noqa: E402
import client as clients  # noqa: E402
import server as servers  # noqa: E402
import toolchain  # noqa: E402

FAMILIES = ["kafka", "redis", "nats", "broker"]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the CMake build directory")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT")
    parser.add_argument("--server", action="append", default=[], metavar="FAMILY=real|HOST:PORT")
    parser.add_argument("--tier", choices=["all", clients.BASE, clients.NEWEST], default="all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--summary", type=Path, help="file to write the result to")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def load_flows():
    """Imports every flow file; a file whose client library is absent is left out, its case with it."""
    for path in sorted(SOURCE.glob("*/*.py")):
        if path.parent.name in ("harness", "go", "java", "maven", "node"):
            continue
        name = f"flows_{path.parent.name}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except ModuleNotFoundError as missing:
            if missing.name not in ("confluent_kafka", "kafka", "redis", "nats"):
                raise


def server_factory(family, options):
    """Makes servers for the flows of `family`: Braid, unless --server says otherwise. None: no server."""
    chosen = dict(choice.split("=", 1) for choice in options.server)
    if family in chosen:
        if chosen[family] != "real":
            return lambda *arguments: servers.External(family, chosen[family])
        real = {"redis": servers.RealRedis, "nats": servers.RealNats}[family]
        return lambda *arguments: real()
    if chosen:
        return None  # only the families that were named
    return lambda *arguments: servers.Braid(options.build / "tools/braid", arguments)


class Result:
    def __init__(self):
        self.passed = 0
        self.ran = []  # names of flows that passed
        self.failures = []
        self.not_run = []

    def write(self, path):
        lines = [f"passed {self.passed}", f"failed {len(self.failures)}"]
        lines += ["RAN " + name for name in self.ran]
        lines += ["FAIL client flow " + name for name in self.failures]
        lines += ["NOT RUN: " + text for text in self.not_run]
        path.write_text("\n".join(lines) + "\n")

    def read(self, path):
        for line in path.read_text().splitlines():
            if line.startswith("passed "):
                self.passed += int(line.split()[1])
            elif line.startswith("RAN "):
                self.ran.append(line[len("RAN "):])
            elif line.startswith("FAIL client flow "):
                self.failures.append(line[len("FAIL client flow "):])
            elif line.startswith("NOT RUN: "):
                self.not_run.append(line[len("NOT RUN: "):])


def run_family(family, selected, versions, options, result):
    new_server = server_factory(family, options)
    if new_server is None or not selected:
        return
    shared = None
    try:
        for entry in selected:
            if shared is None or not shared.alive():
                if shared:
                    shared.__exit__()
                shared = new_server()
                shared.start()
            context = cases.Context(
                shared, new_server, options.build, versions[entry.client], options.seed)
            try:
                if cases.run_case(entry, context):
                    result.failures.append(f"{entry.name} ({versions[entry.client]})")
                else:
                    result.passed += 1
                    result.ran.append(entry.name)
            except cases.NotRun as reason:
                result.not_run.append(f"{entry.name} ({reason})")
    except AssertionError as error:
        print(f"FAIL {family}: {error}\n{shared.log_tail() if shared else ''}")
        result.failures.append(f"{family}: the server did not start: {error}")
    except OSError as error:
        print(f"FAIL {family}: {error}")
        result.failures.append(f"{family}: the server did not start: {error}")
    finally:
        if shared:
            shared.__exit__()


def run_tier(tier, options, result):
    """Runs the flows of the clients of one tier that are importable in this interpreter."""
    load_flows()
    chosen = [
        entry for entry in cases.registered()
        if all(text in entry.name for text in options.only)
    ]
    versions = {}
    for name, (tiers, _) in clients.CLIENTS.items():
        if tier not in tiers:
            continue
        versions[name] = clients.version_of(name, options.build)
        if versions[name] is None and not options.only and not options.server:
            text = f"{name}, {tier} tier (not installed)"
            if tier == clients.BASE:
                result.failures.append(text)
            else:
                result.not_run.append(text)
    for family in FAMILIES:
        run_family(
            family, [entry for entry in chosen if entry.family == family and versions.get(entry.client)],
            versions, options, result)


def run_newest_elsewhere(options, result):
    """Runs the newest tier in its own interpreter and adds what it found."""
    python, why_not = clients.install_newest(options.build)
    if why_not:
        result.not_run.append(f"newest PyPI clients ({why_not})")
    why_not = clients.install_java_tools(SOURCE / "maven", options.build)
    if why_not:
        result.not_run.append(f"Kafka's jars ({why_not})")
    for build, folder in ((toolchain.build_java, "java"), (toolchain.build_go, "go")):
        why_not, wrong = build(SOURCE / folder, options.build)
        if why_not:
            result.not_run.append(f"clients in tests/clients/{folder} ({why_not})")
        if wrong:
            print(f"FAIL tests/clients/{folder}: {wrong}")
            result.failures.append(f"tests/clients/{folder} does not build")
    if python is None:
        return
    summary = options.build / "tests/clients/newest.txt"
    summary.unlink(missing_ok=True)
    arguments = [python, SOURCE / "run.py", "--build", options.build, "--tier", clients.NEWEST,
                 "--seed", str(options.seed), "--summary", summary]
    for name in ("only", "server"):
        for value in getattr(options, name):
            arguments += [f"--{name}", value]
    code = subprocess.run(arguments, stdin=subprocess.DEVNULL).returncode
    if summary.exists():
        result.read(summary)
    else:
        result.failures.append(f"the newest tier ended early (exit code {code})")


def main():
    options = parse_arguments()
    options.build = options.build.resolve()
    if options.list:
        load_flows()
        for entry in cases.registered():
            print(entry.name)
        return 0
    result = Result()
    inside = sys.prefix != sys.base_prefix  # in the virtual environment of the newest tier
    if not inside:
        why_not = clients.install_node_packages(SOURCE / "node", options.build)
        if why_not:
            result.failures.append(why_not)
    if options.tier != clients.NEWEST:
        print(f"-- clients of Debian and npm, seed {options.seed}", flush=True)
        run_tier(clients.BASE, options, result)
    if inside:
        print(f"-- newest clients of PyPI, seed {options.seed}", flush=True)
        run_tier(clients.NEWEST, options, result)
    elif options.tier != clients.BASE:
        run_newest_elsewhere(options, result)
        if not options.only and not options.server:
            result.not_run += [f"{name} ({why})" for name, why in clients.ABSENT.items()]
    if options.summary:
        result.write(options.summary)
    if not inside:
        for text in result.not_run:
            print(f"NOT RUN: {text}")
        print(f"-- client flows: {result.passed} passed, {len(result.failures)} failed")
    return 1 if result.failures or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main())
