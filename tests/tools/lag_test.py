"""braid lag and the HTTP port, against a running broker."""

import http.client
import json
import unittest

from broker import PATIENCE, Broker, Scratch, run


class LagTest(unittest.TestCase):
    def setUp(self):
        scratch = Scratch()
        self.addCleanup(scratch.remove)
        self.broker = Broker(scratch)
        self.addCleanup(self.broker.kill)

    def fill(self):
        """A Redis stream of 5 entries, 2 delivered to group `g` and 1 of these acknowledged."""
        ids = [f"{n}-1" for n in range(1, 6)]
        for entry in ids:
            self.broker.redis("XADD", "orders", entry, "f", "v")
        self.broker.redis("XGROUP", "CREATE", "orders", "g", "0")
        self.broker.redis("XREADGROUP", "GROUP", "g", "c", "COUNT", 2, "STREAMS", "orders", ">")
        self.assertEqual(self.broker.redis("XACK", "orders", "g", ids[0]), b":1\r\n")

    def lag(self, *arguments):
        return run("lag", "--http", self.broker.ports["http"], *arguments)

    def request(self, method, path):
        peer = http.client.HTTPConnection(self.broker.ports["http"], timeout=PATIENCE)
        self.addCleanup(peer.close)
        peer.request(method, path)
        return peer, peer.getresponse()

    def test_table_has_a_line_a_group(self):
        self.fill()
        status, output, errors = self.lag()
        self.assertEqual((status, errors), (0, ""))
        lines = [line.split() for line in output.splitlines()]
        self.assertEqual(lines[0], ["PLATFORM", "STREAM", "PARTITION", "GROUP", "LAG", "PENDING"])
        self.assertEqual(lines[1:], [["redis", "orders", "-", "g", "3", "1"]])

    def test_json_says_the_same(self):
        self.fill()
        status, output, _ = self.lag("--json")
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(output)["groups"],
                         [{"platform": "redis", "stream": "orders", "partition": 0, "group": "g",
                           "lag": 3, "pending": 1}])

    def test_nobody_there(self):
        address = self.broker.ports["http"]
        self.broker.stop()
        status, output, errors = run("lag", "--http", address)
        self.assertEqual((status, output, errors.count("\n")), (3, "", 1))
        self.assertIn(address, errors)

    def test_metrics_have_the_lag_and_the_basics(self):
        self.fill()
        text = self.broker.get("/metrics")
        self.assertIn('stream_consumer_lag{platform="redis",stream="orders",consumer_group="g"} 3\n',
                      text)
        self.assertIn('braid_group_pending{platform="redis",stream="orders",consumer_group="g",'
                      'partition="0"} 1\n', text)
        self.assertIn('braid_log_last_position{log="orders",partition="0"} 4\n', text)
        self.assertIn('braid_log_records{log="orders",partition="0"} 5\n', text)
        self.assertIn('braid_connections{protocol="http"} 1\n', text)

    def test_connection_is_kept_alive_and_head_has_no_body(self):
        peer, first = self.request("HEAD", "/healthz")
        self.assertEqual((first.status, first.read(), first.getheader("content-length")),
                         (200, b"", "15"))
        before = peer.sock
        peer.request("GET", "/readyz?verbose=1")
        second = peer.getresponse()
        self.assertEqual((second.status, json.loads(second.read())), (200, {"status": "ok"}))
        self.assertIs(peer.sock, before)

    def test_unknown_path_and_method(self):
        self.assertEqual(self.request("GET", "/nothing")[1].status, 404)
        refused = self.request("DELETE", "/metrics")[1]
        self.assertEqual((refused.status, refused.getheader("allow")), (405, "GET, HEAD"))


if __name__ == "__main__":
    unittest.main()
