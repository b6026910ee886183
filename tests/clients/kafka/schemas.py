"""The layouts of all messages against a second description of them: the schemas that kafka-python
carries, which are Kafka's own. Each golden file of tests/protocol/kafka says what Braid reads and writes."""

import json
import re
from pathlib import Path

from case import case

GOLDEN = Path(__file__).resolve().parents[2] / "protocol/kafka/golden"


def span(text, last=1 << 15):
    """The versions that "3+", "0-2", "5" or "none" names."""
    if text in (None, "none"):
        return range(0)
    if text.endswith("+"):
        return range(int(text[:-1]), last + 1)
    first, _, end = text.partition("-")
    return range(int(first), int(end or first) + 1)


def schemas():
    """Every schema that there is, by message name."""
    import kafka.protocol

    found = {}
    for path in Path(kafka.protocol.__file__).parent.glob("schemas/resources/*.json"):
        text = re.sub(r"^\s*//.*$|\s//.*$", "", path.read_text(), flags=re.MULTILINE)
        schema = json.loads(text)
        found[schema["name"]] = schema
    return found


def layout(fields, common, version, depth=0):
    """(depth, name, tag, nullable, type) of each field that the version has; tagged ones last."""
    ordinary, tagged = [], []
    for field in fields:
        if version not in span(field.get("taggedVersions") or field["versions"]):
            continue
        if version not in span(field["versions"]):
            continue
        is_tagged = version in span(field.get("taggedVersions"))
        kind, arrays = field["type"], ""
        while kind.startswith("[]"):
            kind, arrays = kind[2:], arrays + "[]"
        inner = field.get("fields") or common.get(kind)
        # Records may be null wherever they are; their golden files do not say so.
        nullable = version in span(field.get("nullableVersions")) and kind != "records"
        line = (depth, field["name"].lower(), field["tag"] if is_tagged else -1, nullable,
                arrays + ("struct" if inner else kind))
        lines = [line] + (layout(inner, common, version, depth + 1) if inner else [])
        (tagged if is_tagged else ordinary).append(lines)
    tagged.sort(key=lambda lines: lines[0][2])
    return [line for lines in ordinary + tagged for line in lines]


def golden(path):
    """(message, {version: lines}, {version: flexible}) of a golden file."""
    head, *sections = path.read_text().split("\n\n")
    name = head.split(",")[0] + ("Request" if path.stem.endswith("_request") else "Response")
    layouts, flexible = {}, {}
    for section in sections:
        title, *lines = section.strip("\n").split("\n")
        parsed = []
        for line in lines:
            words = line.split()
            tag = int(words[2]) if words[1] == "tag" else -1
            parsed.append(((len(line) - len(line.lstrip())) // 2, words[0].lower(), tag,
                           "nullable" in words[1:], words[-1]))
        versions = title.split()[0].lstrip("v").split("-")
        for version in range(int(versions[0]), int(versions[-1]) + 1):
            layouts[version], flexible[version] = parsed, title.endswith("flexible")
    return name, layouts, flexible


def without_tags(lines):
    """Tagged fields, and what they hold, left out."""
    kept, hidden = [], None
    for line in lines:
        if hidden is not None and line[0] > hidden:
            continue
        hidden = line[0] if line[2] >= 0 else None
        if hidden is None:
            kept.append(line)
    return kept


def differences(name, schema, layouts, flexible):
    common = {struct["name"]: struct["fields"] for struct in schema.get("commonStructs", [])}
    for version, ours in layouts.items():
        if version not in span(schema["validVersions"]):
            continue  # an old one that Kafka dropped
        if flexible[version] != (version in span(schema["flexibleVersions"])):
            yield f"{name} v{version}: flexible {flexible[version]}"
        theirs = layout(schema["fields"], common, version)
        # A tag need not be known; one that is known is what it is.
        for line in set(ours) - set(theirs):
            if line[2] >= 0:
                # A tagged number that is left out has its default, and is no null.
                if not any(line[:3] + line[4:] == other[:3] + other[4:] for other in theirs):
                    yield f"{name} v{version}: {line}"
        for ours_line, theirs_line in zip_all(without_tags(ours), without_tags(theirs)):
            if ours_line != theirs_line:
                yield f"{name} v{version}: {ours_line} and not {theirs_line}"


def zip_all(left, right):
    longest = max(len(left), len(right))
    return zip(left + [None] * (longest - len(left)), right + [None] * (longest - len(right)))


@case("kafka", "kafka-schemas")
def layouts_are_those_of_kafkas_schemas(context):
    known = schemas()
    wrong, compared = [], 0
    for path in sorted(GOLDEN.glob("*.txt")):
        name, layouts, flexible = golden(path)
        if name not in known:
            print(f"     {name}: no schema to compare with")
            continue
        compared += 1
        wrong += differences(name, known[name], layouts, flexible)
    assert compared > 60, compared
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:20])
