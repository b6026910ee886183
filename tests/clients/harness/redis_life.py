"""The life of a group as a table: what is typed, and what the server answers, for clients that take any
command as words (redis-cli, hiredis).

An answer is as JSON would say it. Maps may come as flat lists: that is RESP2. An error is its text after
"error: ". In the words and the answers {stream} stands for the stream's name.
"""

IDS = [f"{n}-1" for n in range(1, 7)]


def entry(n):
    return [f"{n}-1", ["n", str(n)]]


def one_stream(*found):
    return {"{stream}": list(found)}


STEPS = [
    ("XGROUP CREATE {stream} workers $", "error: ERR The XGROUP subcommand requires the key to exist. Note "
     "that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."),
    ("XGROUP CREATE {stream} workers $ MKSTREAM", "OK"),
    ("XGROUP CREATE {stream} workers $ MKSTREAM", "error: BUSYGROUP Consumer Group name already exists"),
    *[(f"XADD {{stream}} {n}-1 n {n}", f"{n}-1") for n in range(1, 7)],
    ("XLEN {stream}", 6),
    # read and acknowledge
    ("XREADGROUP GROUP workers w1 COUNT 4 STREAMS {stream} >", one_stream(*map(entry, (1, 2, 3, 4)))),
    ("XACK {stream} workers 1-1", 1),
    ("XACK {stream} workers 1-1", 0),
    ("XPENDING {stream} workers", [3, "2-1", "4-1", [["w1", "3"]]]),
    ("XREADGROUP GROUP workers w1 STREAMS {stream} 0", one_stream(*map(entry, (2, 3, 4)))),
    # a crashed consumer's entries
    ("XCLAIM {stream} workers w2 3600000 2-1", []),
    ("XCLAIM {stream} workers w2 0 2-1", [entry(2)]),
    ("XCLAIM {stream} workers w2 0 3-1 JUSTID", ["3-1"]),
    ("XDEL {stream} 4-1", 1),
    ("XAUTOCLAIM {stream} workers w3 0 - COUNT 2", ["4-1", [entry(2), entry(3)], []]),
    ("XAUTOCLAIM {stream} workers w3 0 4-1", ["0-0", [], ["4-1"]]),
    ("XPENDING {stream} workers", [2, "2-1", "3-1", [["w3", "2"]]]),
    ("XACK {stream} workers 2-1 3-1", 2),
    ("XPENDING {stream} workers", [0, None, None, None]),
    ("XPENDING {stream} workers - + 10", []),
    # a wait in vain
    ("XREADGROUP GROUP workers w1 COUNT 1 STREAMS {stream} >", one_stream(entry(5))),
    ("XREADGROUP GROUP workers w1 COUNT 5 STREAMS {stream} >", one_stream(entry(6))),
    ("XREADGROUP GROUP workers w1 BLOCK 50 STREAMS {stream} >", None),
    ("XREAD BLOCK 50 STREAMS {stream} $", None),
    # all or nothing
    ("WATCH {stream}", "OK"),
    ("MULTI", "OK"),
    ("XADD {stream} 7-1 n 7", "QUEUED"),
    ("XREADGROUP GROUP workers w1 STREAMS {stream} >", "QUEUED"),
    ("XREAD BLOCK 60000 STREAMS {stream} $", "QUEUED"),
    ("XACK {stream} workers 7-1", "QUEUED"),
    ("EXEC", ["7-1", one_stream(entry(7)), None, 1]),
    ("WATCH {stream}", "OK"),
    ("XADD {stream} 8-1 n 8", "8-1"),
    ("MULTI", "OK"),
    ("XADD {stream} 9-1 n 9", "QUEUED"),
    ("EXEC", None),
    ("MULTI", "OK"),
    ("XADD {stream} 9-1 n", "error: ERR wrong number of arguments for 'xadd' command"),
    ("EXEC", "error: EXECABORT Transaction discarded because of previous errors."),
    ("MULTI", "OK"),
    ("XADD {stream} 9-1 n 9", "QUEUED"),
    ("DISCARD", "OK"),
    # the end
    ("XGROUP CREATECONSUMER {stream} workers w4", 1),
    ("XGROUP CREATECONSUMER {stream} workers w4", 0),
    ("XGROUP DELCONSUMER {stream} workers w4", 0),
    ("XGROUP DELCONSUMER {stream} workers w1", 2),
    ("XGROUP SETID {stream} workers 7-1", "OK"),
    ("XREADGROUP GROUP workers w1 STREAMS {stream} >", one_stream(entry(8))),
    ("XGROUP DESTROY {stream} workers", 1),
    ("XGROUP DESTROY {stream} workers", 0),
    ("XINFO GROUPS {stream}", []),
    ("XREADGROUP GROUP workers w1 STREAMS {stream} >",
     "error: NOGROUP No such key '{stream}' or consumer group 'workers' in XREADGROUP with GROUP option"),
    ("XLEN {stream}", 7),
    ("DEL {stream}", 1),
]


def filled_in(value, stream):
    if isinstance(value, str):
        return value.replace("{stream}", stream)
    if isinstance(value, list):
        return [filled_in(one, stream) for one in value]
    if isinstance(value, dict):
        return {filled_in(key, stream): filled_in(one, stream) for key, one in value.items()}
    return value


def as_resp2(value):
    """An answer with maps in the shape that XREAD gives them in RESP2: a list of pairs."""
    if isinstance(value, dict):
        return [[key, as_resp2(one)] for key, one in value.items()]
    return [as_resp2(one) for one in value] if isinstance(value, list) else value


def commands(stream):
    return [filled_in(words, stream).split() for words, _ in STEPS]


def check(answers, stream, resp):
    """`answers`: one for each of commands()."""
    assert len(answers) == len(STEPS), f"{len(answers)} answers to {len(STEPS)} commands"
    for (words, expected), answer in zip(STEPS, answers):
        expected = filled_in(expected, stream)
        expected = as_resp2(expected) if resp == 2 else expected
        assert answer == expected, f"{words}: {answer} instead of {expected}"
