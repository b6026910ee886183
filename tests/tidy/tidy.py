#!/usr/bin/env python3
"""Checks of the tree itself, each a ctest test: tidy.py --root DIR CHECK.

layers    an include that goes against include <- storage <- engine <- protocol <- tools
targets   a source file that no CMakeLists.txt names
format    code that clang-format-14 would change
headers   a public header that does not compile alone with only include/ on the path
leftovers a mark of unfinished work, or a sleep in a test

Prints one line per finding and exits 1 when there is any. tidy_selftest.py plants one violation of each
kind and sees that it is found.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

LAYERS = ["include", "storage", "engine", "protocol", "tools"]
PROTOCOLS = ["kafka", "redis", "nats", "http"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MARKS = re.compile(r"\b(%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]))
SLEEPS = re.compile(r"\b(%s)\b" % "|".join(
    ["sleep" + "_for", "sleep" + "_until", "usle" + "ep", "nanosle" + "ep", "Sleep" + "For",
     r"time\.sle" + "ep"]))
CODE = (".h", ".cc", ".c")
TEXT = CODE + (".py", ".mjs", ".cmake", ".sh")


def tracked_files(root):
    """What git tracks or would track; without git, everything outside build directories."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True)
    if listing.returncode == 0:
        names = listing.stdout.split("\0")
    else:
        names = [
            str((Path(folder) / name).relative_to(root))
            for folder, folders, files in os.walk(root)
            for name in files
            if not {"build", ".git", "node_modules"} & set(Path(folder).relative_to(root).parts)
        ]
    return sorted({name for name in names if name and (root / name).is_file()})


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def layer_fault(name, angled, included):
    """Why file `name` must not include `included`; None when it may."""
    parts = Path(name).parts
    layer, target = parts[0], included.split("/")[0]
    if ".." in included.split("/"):
        return "a path relative to the parent folder"
    if layer == "include":
        if angled and ("/" in included or included.endswith(".h")):
            return "include/ may use only std, absl and braid"
        if not angled and target not in ("absl", "braid"):
            return "include/ may use only std, absl and braid"
        return None
    if target in LAYERS and LAYERS.index(target) > LAYERS.index(layer):
        return f"{layer}/ stands left of {target}/"
    if target in ("tests", "bench"):
        return f"{layer}/ must not depend on {target}/"
    if layer in ("storage", "engine"):
        if included.startswith("boost/asio") or included.startswith("boost/beast"):
            return f"{layer}/ knows no network"
    if layer == "engine" and included in ("thread", "future", "condition_variable"):
        return "the engine has no threads"
    if layer == "protocol" and len(parts) > 2 and target == "protocol":
        other = included.split("/")[1]
        if other in PROTOCOLS and other != parts[1]:
            return f"protocols do not include each other ({parts[1]} -> {other})"
    return None


def check_layers(root, names):
    for name in names:
        if Path(name).parts[0] not in LAYERS or not name.endswith(CODE):
            continue
        for number, angled, included in includes(root / name):
            fault = layer_fault(name, angled, included)
            if fault:
                yield f'{name}:{number}: includes "{included}": {fault}'


def words_of(text):
    """The words of a CMakeLists.txt, those of a foreach() over plain words written out."""
    text = re.sub(r"#.*", "", text)
    words = set(re.split(r'[\s()"]+', text))
    for variable, values in re.findall(r"foreach\((\w+)\s+([^)]*)\)", text):
        for word in [word for word in words if "${%s}" % variable in word]:
            words |= {word.replace("${%s}" % variable, value) for value in values.split()}
    return words


def check_targets(root, names):
    lists = {}
    for name in names:
        if Path(name).name == "CMakeLists.txt":
            lists[Path(name).parent] = words_of((root / name).read_text())
    for name in names:
        path = Path(name)
        if not name.endswith((".cc", ".c")):
            continue
        named = any(
            parent in lists and str(path.relative_to(parent)) in lists[parent]
            for parent in path.parents)
        if not named:
            yield f"{name}: in no CMakeLists.txt, so it is never built"


def check_format(root, names):
    formatted = [name for name in names if name.endswith(CODE)]
    chunks = [formatted[start:start + 20] for start in range(0, len(formatted), 20)]

    def run(chunk):
        return subprocess.run(
            ["clang-format-14", "--dry-run", "-Werror", "--style=file", *chunk],
            cwd=root, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(run, chunks):
            faults = [line for line in result.stderr.splitlines() if "error:" in line]
            yield from faults
            if result.returncode != 0 and not faults:
                yield f"clang-format-14 failed: {result.stderr.strip()}"


def check_headers(root, names):
    headers = [name for name in names if name.startswith("include/") and name.endswith(".h")]

    def run(name):
        return name, subprocess.run(
            ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Iinclude",
             "-x", "c++", "-include", name, "/dev/null"],
            cwd=root, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, result in pool.map(run, headers):
            if result.returncode != 0:
                yield f"{name}: does not compile alone:\n{result.stderr[:2000]}"


def check_leftovers(root, names):
    for name in names:
        path = Path(name)
        script = path.parts[0] in ("tools", ".ci") and "." not in path.name
        if not (name.endswith(TEXT) or script or path.name == "CMakeLists.txt"):
            continue
        for number, line in enumerate((root / name).read_text(errors="replace").splitlines(), 1):
            if MARKS.search(line):
                yield f"{name}:{number}: unfinished work: {line.strip()}"
            if path.parts[0] == "tests" and SLEEPS.search(line):
                yield f"{name}:{number}: a sleep in a test: {line.strip()}"


CHECKS = {
    "layers": check_layers,
    "targets": check_targets,
    "format": check_format,
    "headers": check_headers,
    "leftovers": check_leftovers,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("check", choices=CHECKS)
    options = parser.parse_args()
    names = tracked_files(options.root)
    if not names:
        print(f"no files under {options.root}")
        return 1
    findings = list(CHECKS[options.check](options.root, names))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
