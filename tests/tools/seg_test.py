"""braid seg: on logs that write_log made, on what a broker left, and on Kafka's own layout."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from broker import Broker, Scratch, run

WRITE_LOG = os.environ.get("WRITE_LOG", "build/release/tests/tools/write_log")
NEW_YEAR = 1767225600000
HEADER = 61  # bytes of a batch before its records


def name_of(base, suffix=".log"):
    return f"{base:020}{suffix}"


def tree(path):
    """Every file below `path` with its bytes."""
    return {str(file.relative_to(path)): file.read_bytes()
            for file in sorted(path.rglob("*")) if file.is_file()}


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x55
    path.write_bytes(content)


class SegTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)
        self.path = self.scratch.path

    # --- Speaking to it ---

    def seg(self, *arguments, expect=0):
        status, output, errors = run("seg", *arguments)
        self.assertEqual(status, expect, (arguments, output, errors))
        return output

    def json(self, *arguments, expect=0):
        return json.loads(self.seg(*arguments, "--json", expect=expect))

    def refused(self, *arguments, status=2):
        got, output, errors = run("seg", *arguments)
        self.assertEqual((got, output, errors.count("\n")), (status, "", 1), errors)
        self.assertTrue(errors.startswith("braid: "), errors)
        return errors

    def records(self, path, *arguments):
        lines = [json.loads(line) for line in
                 self.seg("dump", path, "--records", "--json", *arguments).splitlines()]
        return [line for line in lines if line["type"] == "record"]

    # --- Having something to look at ---

    def write_log(self, name="log", segments=3, batches=10, codec=None):
        path = self.path / name
        subprocess.run([WRITE_LOG, path, str(segments), str(batches), *([codec] if codec else [])],
                       check=True)
        return path

    def broker(self, data="data"):
        broker = Broker(self.scratch, "--data", self.path / data)
        self.addCleanup(broker.kill)
        return broker

    def filled(self):
        """A data directory: stream `orders` of entries 1-0 to 10-0, three of them deleted."""
        broker = self.broker()
        for n in range(1, 11):
            broker.redis("XADD", "orders", f"{n}-0", "f", "v" * 50)
        self.assertEqual(broker.redis("XDEL", "orders", "3-0", "4-0", "5-0"), b":3\r\n")
        broker.stop()
        return self.path / "data"

    def log_of(self, data, name="orders"):
        [path] = (data / "streams").glob(f"{name}-0~*")
        return path

    def batches(self, path):
        """(position, base offset, bytes) of the batches of a segment file."""
        content, at, found = path.read_bytes(), 0, []
        while at < len(content):
            size = int.from_bytes(content[at + 8:at + 12], "big") + 12
            found.append((at, int.from_bytes(content[at:at + 8], "big"), size))
            at += size
        return found


class LookingTest(SegTest):
    def test_ls_has_a_line_a_segment_and_a_total(self):
        log = self.write_log()
        lines = [line.split() for line in self.seg("ls", log).splitlines()]
        self.assertEqual(lines[1][:5], ["OFFSETS", "BYTES", "GEN", "STATE", "RECORDS"])
        self.assertEqual([(line[0], line[3], line[4]) for line in lines[2:6]],
                         [("0..30", "sealed", "30"), ("30..60", "sealed", "30"),
                          ("60..90", "sealed", "30"), ("90..120", "tail", "30")])
        self.assertEqual((lines[6][0], lines[6][2:4]), ("0..120", ["total", "120"]))

    def test_ls_json_says_the_same_and_times(self):
        log = self.write_log()
        [listing] = self.json("ls", log)["logs"]
        first = listing["segments"][0]
        self.assertEqual(first["bytes"], (log / name_of(0)).stat().st_size)
        self.assertEqual((first["first_timestamp_ms"], first["last_timestamp_ms"]),
                         (NEW_YEAR, NEW_YEAR + 29))
        self.assertEqual(listing["total"]["records"], 120)
        self.assertEqual(listing["total"]["bytes"], sum(f.stat().st_size for f in log.glob("*.log")))

    def test_ls_shows_what_is_repacked_left_over_and_missing(self):
        log = self.write_log(codec="lz4")
        [repacked] = log.glob("*.*.log")
        (log / name_of(0, ".99.log")).write_bytes(b"half a repack")
        (log / name_of(500, ".log.lost")).write_bytes(b"set aside")
        segments = self.json("ls", log)["logs"][0]["segments"]
        self.assertEqual([(s["base_offset"], s["generation"], s["state"]) for s in segments],
                         [(0, 1, "repacked"), (90, 0, "tail"), (0, 99, "leftover"),
                          (500, 0, "aside")])
        self.assertEqual(segments[0]["records"], 90 - 18)
        repacked.unlink()
        self.assertEqual(self.json("ls", log)["logs"][0]["segments"][0]["state"], "missing")

    def test_data_directory_is_all_its_logs(self):
        data = self.filled()
        names = [log["name"] for log in self.json("ls", data)["logs"]]
        self.assertEqual(names, ["journal", f"streams/{self.log_of(data).name}"])

    def test_dump_shows_batches_and_records(self):
        log = self.write_log()
        lines = self.seg("dump", log, "--max", 2).splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("batch at 0 offsets 0..3 records 3 ", lines[1])
        self.assertIn("codec none origin kafka crc ", lines[1])
        record = self.records(log, "--from", 100, "--max", 1)
        self.assertEqual(record, [{"type": "record", "offset": 100, "timestamp_ms": NEW_YEAR + 100,
                                   "key": "k2", "value": "value 100",
                                   "headers": [{"key": "h", "value": "100"}]}])
        text = self.seg("dump", log, "--records", "--from", 100, "--max", 1).splitlines()[-1]
        self.assertEqual(text, '  100 2026-01-01T00:00:00.100Z key "k2" value "value 100" header '
                               '"h"="100"')

    def test_dump_of_a_repacked_log_has_the_living(self):
        for codec in ("none", "lz4", "zstd"):
            log = self.write_log(codec, codec=codec)
            self.assertEqual([record["offset"] for record in self.records(log)],
                             [n for n in range(120) if n >= 90 or n % 5])

    def test_dump_makes_binary_printable(self):
        broker = self.broker()
        broker.redis("XADD", "bin", "1-0", "f", b"\x00\xff\x1b[2J")
        broker.redis("XADD", "bin", "2-0", "f", "gr\u00fcn\n".encode())
        broker.stop()
        log = self.log_of(self.path / "data", "bin")
        text = self.seg("dump", log, "--records")
        self.assertIn(r'header "f"="\x00\xff\x1b[2J"', text)
        self.assertIn('header "f"="gr\u00fcn\\n"', text)
        values = [record["headers"][0] for record in self.records(log)]
        self.assertEqual(values, [{"key": "f", "value_base64": "AP8bWzJK"},
                                  {"key": "f", "value": "gr\u00fcn\n"}])

    def test_stats_tell_codecs_and_what_repacking_dropped(self):
        [stats] = self.json("stats", self.write_log(batches=200, codec="zstd"))["logs"]
        self.assertEqual(stats["segments"], {"repacked": 1, "tail": 1})
        self.assertEqual(stats["dropped_by_repacking"], 360)
        self.assertEqual(stats["records"], 2400 - 360)
        self.assertEqual(stats["codecs"]["zstd"]["records"], 1440)
        self.assertGreater(stats["codecs"]["zstd"]["compression_ratio"], 2)
        self.assertEqual(stats["codecs"]["none"]["batches"], 200)
        self.assertEqual(stats["origins"]["kafka"]["records"], 2040)
        self.assertIn("codec     zstd", self.seg("stats", self.path / "log"))

    def test_stats_of_a_data_directory_know_the_deleted(self):
        data = self.filled()
        stats = self.json("stats", data)["logs"][1]
        self.assertEqual((stats["stream"], stats["partition"]), ("orders", 0))
        self.assertEqual((stats["records"], stats["live_records"], stats["dead_records"]),
                         (10, 7, 3))
        self.assertEqual(stats["live_bytes"] + stats["dead_bytes"], stats["bytes"])
        self.assertGreater(stats["dead_bytes"], 3 * 50)
        self.assertEqual(list(stats["origins"]), ["redis"])

    def test_nothing_is_ever_written(self):
        data = self.filled()
        (data / "LOCK").unlink()
        log = self.log_of(data)
        (log / "MANIFEST.tmp").write_bytes(b"half a manifest")
        with open(log / name_of(0), "ab") as file:
            file.write(b"a torn end")
        before = tree(data)
        for verb in ("ls", "dump", "stats"):
            self.seg(verb, data)
        self.seg("verify", data, expect=1)
        self.seg("repair", data, "--to", self.path / "out")
        self.assertEqual(tree(data), before)


class RefusalTest(SegTest):
    def test_running_broker_keeps_its_directory(self):
        broker = self.broker()
        broker.redis("XADD", "orders", "1-0", "f", "v")
        data = self.path / "data"
        for place in (data, self.log_of(data), data / "journal"):
            for verb in ("ls", "dump", "verify", "stats"):
                self.assertIn("running broker", self.refused(verb, place))
            self.assertIn("running broker", self.refused("repair", place, "--to", self.path / "o"))
        self.assertIn("running broker", self.refused("import", self.write_log(), "--data", data,
                                                     "--stream", "new"))
        broker.stop()
        self.seg("verify", data)

    def test_what_is_no_log_is_refused(self):
        (self.path / "empty").mkdir()
        for place in ("empty", "absent"):
            self.assertIn(place, self.refused("ls", self.path / place))

    def test_help_names_the_commands(self):
        help_text = self.seg("--help")
        for command in ("ls", "dump", "verify", "stats", "repair", "import", "Exit status"):
            self.assertIn(command, help_text)
        self.assertEqual(run("seg")[0], 2)


class VerifyTest(SegTest):
    def test_whole_log_is_clean(self):
        for codec in (None, "none", "lz4", "zstd"):
            log = self.write_log(f"log-{codec}", codec=codec)
            self.assertIn(": whole\n", self.seg("verify", log))
        self.assertEqual(self.json("verify", log)["clean"], True)

    def test_what_a_broker_left_is_clean(self):
        data = self.filled()
        report = self.json("verify", data)
        self.assertEqual((report["clean"], report["first"], len(report["logs"])), (True, None, 2))

    def test_damage_is_found_where_it_is(self):
        log = self.write_log()
        segment = log / name_of(30)
        position, base, size = self.batches(segment)[4]
        flip(segment, position + HEADER + 3)
        report = self.json("verify", log, expect=1)
        self.assertEqual(report["faults"], {"damage": 1})
        first = report["first"]
        self.assertEqual((first["fault"], first["file"], first["position"], first["bytes"]),
                         ("damage", str(segment), position, size))
        self.assertEqual((first["base_offset"], first["next_offset"]), (base, base + 3))
        text = self.seg("verify", log, expect=1)
        self.assertIn(f"first damage: {segment}: position {position}, {size} bytes, offsets "
                      f"{base}..{base + 3}", text)

    def test_first_of_several_is_told_and_all_are_counted(self):
        log = self.write_log()
        for base in (0, 60):
            position, _, _ = self.batches(log / name_of(base))[1]
            flip(log / name_of(base), position + HEADER)
        (log / name_of(30, ".bindex")).unlink()
        (log / name_of(90)).write_bytes((log / name_of(90)).read_bytes()[:-1])
        report = self.json("verify", log, expect=1)
        self.assertEqual(report["faults"], {"damage": 2, "index": 1, "torn": 1})
        self.assertEqual(report["first"]["base_offset"], 3)

    def test_damage_in_a_data_directory_names_its_log(self):
        data = self.filled()
        flip(self.log_of(data) / name_of(0), HEADER + 3)
        report = self.json("verify", data, expect=1)
        self.assertEqual([bool(log["faults"]) for log in report["logs"]], [False, True])


class RepairTest(SegTest):
    def test_rest_is_served_from_the_copy(self):
        data = self.filled()
        segment = self.log_of(data) / name_of(0)
        position, _, _ = self.batches(segment)[6]
        flip(segment, position + HEADER + 3)
        self.seg("verify", data, expect=1)
        text = self.seg("repair", data, "--to", self.path / "out")
        self.assertIn(f"lost offsets 6..7: {self.batches(segment)[6][2]} bytes at {position} of "
                      f"{segment}", text)
        self.seg("verify", self.path / "out")
        broker = self.broker("out")
        reply = broker.redis("XRANGE", "orders", "-", "+")
        ids = [word.decode() for word in reply.split(b"\r\n") if word.endswith(b"-0")]
        self.assertEqual(ids, ["1-0", "2-0", "6-0", "8-0", "9-0", "10-0"])
        broker.redis("XADD", "orders", "11-0", "f", "v")
        self.assertIn(b"11-0", broker.redis("XRANGE", "orders", "11-0", "+"))
        broker.stop()
        self.assertNotIn("cannot be served", broker.errors)

    def test_one_log_is_repaired_alone(self):
        log = self.write_log(codec="lz4")
        [repacked] = log.glob("*.*.log")
        flip(repacked, HEADER + 5)
        [report] = self.json("repair", log, "--to", self.path / "out")["logs"]
        self.assertEqual([(lost["base_offset"], lost["position"]) for lost in report["lost"]],
                         [(0, 0)])
        self.seg("verify", self.path / "out")
        self.assertEqual([record["offset"] for record in self.records(self.path / "out")],
                         [record["offset"] for record in self.records(log)])

    def test_existing_target_is_refused(self):
        log = self.write_log()
        (self.path / "out").mkdir()
        self.assertIn("exists already", self.refused("repair", log, "--to", self.path / "out"))
        self.assertIn("nothing may change", self.refused("repair", log, "--to", log / "out"))
        self.assertEqual(list((self.path / "out").iterdir()), [])


class ImportTest(SegTest):
    def kafka_log(self, name="orders-0"):
        """Kafka's layout around batches of write_log: 40 records in two segments."""
        source = self.write_log("source", segments=1)
        target = self.path / "kafka-logs" / name
        target.mkdir(parents=True)
        for base in (0, 30):
            shutil.copy(source / name_of(base), target)
            (target / name_of(base, ".index")).write_bytes(b"\0" * 16)
            (target / name_of(base, ".timeindex")).write_bytes(b"\0" * 24)
            (target / name_of(base, ".snapshot")).write_bytes(b"\0\1")
        (target / "leader-epoch-checkpoint").write_text("0\n1\n0 0\n")
        (target / "partition.metadata").write_text("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n")
        return target

    def import_it(self, source, stream="orders"):
        return self.json("import", source, "--data", self.path / "data", "--stream", stream)

    def values(self, stream="orders"):
        """(offset, value) of every record, through a broker, Redis entries being (time, offset)."""
        broker = self.broker()
        reply = broker.redis("XRANGE", stream, "-", "+").decode().split("\r\n")
        broker.kill()
        offsets = [int(word.split("-")[1]) for word in reply if word.startswith("17672256")]
        values = [word for word in reply if word.startswith("value ")]
        self.assertEqual(len(offsets), len(values))
        return list(zip(offsets, values))

    def cut(self, segment, *offsets):
        """Takes the batches with these base offsets out of a segment, as compaction does."""
        content = segment.read_bytes()
        kept = b"".join(content[at:at + size] for at, base, size in self.batches(segment)
                        if base not in offsets)
        segment.write_bytes(kept)

    def test_partition_becomes_a_stream_at_the_same_offsets(self):
        report = self.import_it(self.kafka_log())
        self.assertEqual((report["records"], report["batches"], report["holes"]), (60, 20, 0))
        self.assertEqual((report["base_offset"], report["next_offset"]), (0, 60))
        self.seg("verify", self.path / "data")
        self.assertEqual(self.values(), [(n, f"value {n}") for n in range(60)])

    def test_stored_batches_are_kafkas_bytes(self):
        source = self.kafka_log()
        self.import_it(source)
        stored = self.log_of(self.path / "data") / name_of(0)
        self.assertEqual(stored.read_bytes(),
                         (source / name_of(0)).read_bytes() + (source / name_of(30)).read_bytes())

    def test_compacted_holes_stay_holes(self):
        source = self.kafka_log()
        self.cut(source / name_of(0), 6, 9, 27)
        self.cut(source / name_of(30), 57)
        self.assertEqual(self.import_it(source)["holes"], 9)
        living = [n for n in range(57) if n not in (6, 7, 8, 9, 10, 11, 27, 28, 29)]
        self.assertEqual(self.values(), [(n, f"value {n}") for n in living])
        broker = self.broker()
        self.assertEqual(broker.redis("XLEN", "orders"), b":%d\r\n" % len(living))
        broker.kill()
        self.seg("verify", self.path / "data")

    def test_records_compacted_within_a_batch_stay_holes(self):
        source = self.write_log("repacked", segments=1, codec="lz4")
        target = self.path / "orders-0"
        target.mkdir()
        [segment] = source.glob("*.*.log")
        shutil.copy(segment, target / name_of(0))
        self.assertEqual(self.import_it(target)["records"], 24)
        self.assertEqual([n for n, _ in self.values()], [n for n in range(30) if n % 5])

    def test_log_that_does_not_begin_at_zero(self):
        source = self.kafka_log()
        (source / name_of(0)).unlink()
        report = self.import_it(source)
        self.assertEqual((report["base_offset"], report["next_offset"]), (30, 60))
        self.assertEqual(self.values(), [(n, f"value {n}") for n in range(30, 60)])

    def test_log_of_which_only_the_end_is_left_goes_on_there(self):
        source = self.kafka_log()
        (source / name_of(0)).unlink()
        (source / name_of(30)).write_bytes(b"")
        report = self.import_it(source)
        self.assertEqual((report["records"], report["next_offset"]), (0, 30))
        broker = self.broker()
        self.assertIn(b"-30\r\n", broker.redis("XADD", "orders", "1767225600000-30", "f", "v"))
        broker.stop()
        self.assertEqual([record["offset"] for record in
                          self.records(self.log_of(self.path / "data"))], [30])

    def test_start_offset_of_deleted_records_is_kept(self):
        source = self.kafka_log()
        (source.parent / "log-start-offset-checkpoint").write_text(
            "0\n2\nother 0 7\norders 0 40\n")
        self.assertEqual(self.import_it(source)["base_offset"], 40)
        self.assertEqual(self.values()[0], (40, "value 40"))

    def test_torn_end_of_an_unclean_stop_is_left_out(self):
        source = self.kafka_log()
        with open(source / name_of(30), "ab") as file:
            file.write((source / name_of(0)).read_bytes()[:70])
        self.assertEqual(self.import_it(source)["torn_bytes"], 70)
        self.assertEqual(len(self.values()), 60)

    def test_markers_are_kept_and_shown_to_nobody(self):
        source = self.kafka_log()
        with open(source / name_of(30), "ab") as file:
            file.write(marker(60))
        report = self.import_it(source)
        self.assertEqual((report["control_batches"], report["transactional_batches"]), (1, 1))
        self.assertEqual(len(self.values()), 60)
        dumped = self.seg("dump", self.log_of(self.path / "data"), "--from", 60)
        self.assertIn("producer 4711/3 sequence -1 transactional control", dumped)

    def test_new_producers_get_numbers_of_their_own(self):
        source = self.kafka_log()
        with open(source / name_of(30), "ab") as file:
            file.write(marker(60))
        self.import_it(source)
        broker = self.broker()
        with broker.connect("kafka") as peer:  # InitProducerId version 0, no transactional id
            peer.sendall(b"\0\0\0\x10\0\x16\0\0\0\0\0\1\xff\xff\xff\xff\0\0\xea\x60")
            reply = peer.recv(4096)
        self.assertEqual(reply[12:14], b"\0\0")
        self.assertGreater(int.from_bytes(reply[14:22], "big"), 4711)
        broker.kill()

    def test_other_streams_stay_as_they_are(self):
        self.filled()
        self.assertIn("has a stream", self.refused("import", self.kafka_log(), "--data",
                                                   self.path / "data", "--stream", "orders"))
        self.import_it(self.path / "kafka-logs/orders-0", "imported")
        self.assertEqual(len(self.values("imported")), 60)

    def test_what_cannot_be_imported_leaves_nothing(self):
        source = self.kafka_log()
        position, _, _ = self.batches(source / name_of(0))[3]
        flip(source / name_of(0), position + HEADER + 2)
        error = self.refused("import", source, "--data", self.path / "data", "--stream", "orders",
                             status=1)
        self.assertIn(f"{source / name_of(0)} at {position}: ", error)
        self.assertFalse((self.path / "data").exists())

    def test_old_formats_and_other_directories_are_refused_by_name(self):
        source = self.kafka_log()
        # A message set of Kafka 0.10: offset, size, crc, magic 1, attributes, time, no key, "x".
        body = b"\1\0" + (0).to_bytes(8, "big") + b"\xff\xff\xff\xff" + b"\0\0\0\1x"
        (source / name_of(30)).write_bytes(
            (30).to_bytes(8, "big") + (4 + len(body)).to_bytes(4, "big") + b"\0\0\0\0" + body)
        place = ["--data", self.path / "data", "--stream", "s"]
        self.assertIn("before Kafka 0.11", self.refused("import", source, *place, status=1))
        meta = self.path / "__cluster_metadata-0"
        source.rename(meta)
        self.assertIn("metadata of a Kafka cluster", self.refused("import", meta, *place))
        (self.path / "none").mkdir()
        self.assertIn("no segments", self.refused("import", self.path / "none", *place))


def crc32c(content):
    crc = 0xffffffff
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def marker(offset):
    """A transaction's commit marker as Kafka's coordinator writes it, of producer 4711 epoch 3."""
    record = b"\0\0\0" + b"\x08\0\0\0\1" + b"\x0c\0\0\0\0\0\0" + b"\0"
    record = bytes([2 * len(record)]) + record
    time = (NEW_YEAR + offset).to_bytes(8, "big")
    tail = (b"\0\x30" + b"\0\0\0\0" + time + time + (4711).to_bytes(8, "big") + b"\0\3"
            + b"\xff\xff\xff\xff" + b"\0\0\0\1" + record)
    return (offset.to_bytes(8, "big") + (9 + len(tail)).to_bytes(4, "big") + b"\0\0\0\0" + b"\2"
            + crc32c(tail).to_bytes(4, "big") + tail)


if __name__ == "__main__":
    unittest.main()
