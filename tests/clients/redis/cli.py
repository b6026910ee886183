"""The everyday flow typed into redis-cli, in RESP2 and RESP3."""

import json
import os
import pty
import select
import subprocess

import redis_life
import wait
from case import case


def cli(context, *words, resp=2, server=None):
    host, port = (server or context.server).redis.split(":")
    flags = ["-h", host, "-p", port] + (["-3"] if resp == 3 else [])
    return context.program(["redis-cli", *flags, *words]).strip().splitlines()


def everyday_flow(context, resp):
    def run(*words):
        return cli(context, *words, resp=resp)

    stream = context.unique("orders")
    assert run("PING") == ["PONG"]
    assert run("XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM") == ["OK"]
    again = context.program(
        ["redis-cli", "-h", context.server.redis.split(":")[0], "-p",
         context.server.redis.split(":")[1], "XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"],
        check=False)
    assert again.stdout.startswith("BUSYGROUP Consumer Group name already exists"), again.stdout
    sent = [
        run("XADD", stream, "MAXLEN", "~", "100000", "*", "order", str(n))[0] for n in range(12)]
    read = run("XREADGROUP", "GROUP", "workers", "w1", "COUNT", "10", "BLOCK", "5000",
               "STREAMS", stream, ">")
    listed = [line for n in range(10) for line in (sent[n], "order", str(n))]
    if resp == 2:
        assert read == [stream, *listed], read
    else:  # a map: the key and the first line of its value share one
        assert read == [f"{stream} {listed[0]}", *listed[1:]], read
    assert run("XACK", stream, "workers", *sent[:8]) == ["8"]
    pending = run("XPENDING", stream, "workers", "-", "+", "10")
    assert [pending[0], pending[1], pending[3]] == [sent[8], "w1", "1"], pending
    assert [pending[4], pending[5], pending[7]] == [sent[9], "w1", "1"], pending
    claimed = run("XCLAIM", stream, "workers", "w2", "0", *sent[8:10])
    assert claimed == [sent[8], "order", "8", sent[9], "order", "9"], claimed
    assert run("XACK", stream, "workers", *sent[8:10]) == ["2"]
    groups = run("XINFO", "GROUPS", stream)
    facts = dict(zip(groups[::2], groups[1::2]))
    if resp == 3:
        facts = dict(line.split(" ", 1) for line in groups)
    assert facts["pending"] == "0" and facts["lag"] == "2" and facts["name"] == "workers", facts
    assert run("XLEN", stream) == ["12"]
    assert run("XRANGE", stream, "-", "+", "COUNT", "1") == [sent[0], "order", "0"]


@case("redis", "redis-cli")
def everyday_flow_in_resp2(context):
    everyday_flow(context, 2)


@case("redis", "redis-cli")
def everyday_flow_in_resp3(context):
    everyday_flow(context, 3)


@case("redis", "redis-cli")
def commands_piped_in_are_answered_in_order(context):
    stream = context.unique("piped")
    host, port = context.server.redis.split(":")
    lines = "".join(f"XADD {stream} 1-{n} n {n}\n" for n in range(1, 501)) + f"XLEN {stream}\n"
    answers = context.program(["redis-cli", "-h", host, "-p", port], stdin=lines).split()
    assert answers == [f"1-{n}" for n in range(1, 501)] + ["500"]


@case("redis", "redis-cli")
def interactive_start_finds_what_it_asks_for(context):
    """On a terminal redis-cli asks INFO and COMMAND DOCS before its prompt."""
    host, port = context.server.redis.split(":")
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(["redis-cli", "-h", host, "-p", port], stdin=theirs, stdout=theirs,
                             stderr=theirs, env={**os.environ, "TERM": "dumb"})
    os.close(theirs)
    seen = ""
    try:
        for words, answer in (("", f"{port}>"), ("PING\n", "PONG"), ("XLEN nothing\n", "0")):
            os.write(ours, words.encode())
            while answer not in seen:
                ready, _, _ = select.select([ours], [], [], 10)
                assert ready, f"no {answer!r} after {words!r}, only {seen!r}"
                seen += os.read(ours, 4096).decode(errors="replace")
            seen = ""
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


@case("redis", "redis-cli")
def mistakes_get_the_errors_clients_match(context):
    stream = context.unique("errors")
    expected = {
        ("XADD", stream, "0-0", "a", "1"): "ERR The ID specified in XADD must be greater than 0-0",
        ("XADD", stream, "*", "a"): "ERR wrong number of arguments for 'xadd' command",
        ("XREADGROUP", "GROUP", "none", "c", "STREAMS", stream, ">"):
            f"NOGROUP No such key '{stream}' or consumer group 'none' in XREADGROUP with GROUP option",
        ("XGROUP", "CREATE", stream, "g", "0"):
            "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "
            "use the MKSTREAM option to create an empty stream automatically.",
        ("XPENDING", stream, "g", "-", "+", "10"): f"NOGROUP No such key '{stream}' or consumer group 'g'",
        ("XRANGE", stream, "x", "+"): "ERR Invalid stream ID specified as stream command argument",
        ("XINFO", "GROUPS", stream): "ERR no such key",
        ("NOSUCH", "a"): "ERR unknown command 'NOSUCH', with args beginning with: 'a'",
    }
    for words, text in expected.items():
        answer = cli(context, *words)
        assert answer[0].strip() == text.strip(), (words, answer)
    assert cli(context, "XADD", stream, "5-1", "a", "1") == ["5-1"]
    assert cli(context, "XADD", stream, "5-1", "a", "1")[0] == (
        "ERR The ID specified in XADD is equal or smaller than the target stream top item")


def group_life(context, resp):
    host, port = context.server.redis.split(":")
    stream = context.unique("life")
    typed = "".join(" ".join(words) + "\n" for words in redis_life.commands(stream))
    said = context.program(["redis-cli", "-h", host, "-p", port, f"-{resp}", "--json"], stdin=typed)
    redis_life.check([answer_of(line) for line in said.splitlines()], stream, resp)


def answer_of(line):
    if line.startswith("error:"):
        return "error: " + json.loads(line.removeprefix("error:")).rstrip()
    return json.loads(line)


@case("redis", "redis-cli")
def group_lives_from_create_to_destroy_in_resp2(context):
    group_life(context, 2)


@case("redis", "redis-cli")
def group_lives_from_create_to_destroy_in_resp3(context):
    group_life(context, 3)


@case("redis", "redis-cli")
def blocked_reads_are_woken_by_xadd(context):
    """XREAD of two streams and XREADGROUP, in both protocols."""
    host, port = context.server.redis.split(":")
    for resp in (2, 3):
        stream, other = context.unique("blocking"), context.unique("other")
        cli(context, "XGROUP", "CREATE", stream, "workers", "$", "MKSTREAM")
        commands = (["XREAD", "BLOCK", "20000", "STREAMS", other, stream, "$", "$"],
                    ["XREADGROUP", "GROUP", "workers", "w1", "BLOCK", "20000", "STREAMS", stream, ">"])
        readers = [
            subprocess.Popen(["redis-cli", "-h", host, "-p", port, f"-{resp}", "--json", *words],
                             stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
            for words in commands]
        try:
            wait.until(lambda: "blocked_clients:2" in cli(context, "INFO", "clients"), what="two waiting")
            assert cli(context, "XADD", stream, "1-1", "n", "1") == ["1-1"]
            expected = {stream: [["1-1", ["n", "1"]]]}
            if resp == 2:
                expected = [[key, entries] for key, entries in expected.items()]
            for reader in readers:
                assert json.loads(reader.communicate(timeout=10)[0]) == expected
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()


@case("redis", "redis-cli")
def pipe_mode_takes_10000_xadds_in_order(context):
    host, port = context.server.redis.split(":")
    stream = context.unique("mass")
    sent = ""
    for n in range(10000):
        words = ["XADD", stream, f"1-{n + 1}", "n", str(n)]
        sent += f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    said = context.program(["redis-cli", "-h", host, "-p", port, "--pipe"], stdin=sent)
    assert "errors: 0, replies: 10000" in said, said
    found = json.loads("\n".join(cli(context, "--json", "XRANGE", stream, "-", "+")))
    assert found == [[f"1-{n + 1}", ["n", str(n)]] for n in range(10000)]
