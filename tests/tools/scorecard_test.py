"""tools/scorecard, with rows, results and a page of its own in a directory that goes away."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCORECARD = Path(__file__).resolve().parents[2] / "tools/scorecard"
LISTED = "kafka.kcat.reads\nkafka.java.reads\n"


class ScorecardTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        for folder in ("tests/rows", "tests/clients", "docs", "build/release"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tests/clients/run.py").write_text(f"print({LISTED!r})\n")
        self.page = self.root / "docs/kafka.md"
        self.results({"FetchTest.Reads": "run", "FetchTest.Waits": "run"},
                     "RAN kafka.kcat.reads\nRAN kafka.java.reads\n")
        self.rows('proofs = ["FetchTest.*", "kafka.kcat.reads"]')

    def rows(self, row, top=""):
        (self.root / "tests/rows/kafka.toml").write_text(
            f'title = "T"\nintro = "I"\n{top}\n[[row]]\nnumber = 1\nwhat = "Reading"\n{row}\n')

    def results(self, tests, flows):
        cases = "".join(f'<testcase name="{name}" status="{state}"/>' for name, state in tests.items())
        (self.root / "build/release/ctest.xml").write_text(f"<testsuite>{cases}</testsuite>")
        (self.root / "build/release/clients.txt").write_text(flows)

    def call(self, *arguments):
        done = subprocess.run([sys.executable, SCORECARD, "--source", self.root, *arguments],
                              capture_output=True, text=True, timeout=50)
        return done.returncode, done.stdout + done.stderr

    def state(self):
        [line, *_] = [line for line in self.page.read_text().splitlines() if line.startswith("| 1 |")]
        return line.split(" | ")[2]

    def written(self):
        status, said = self.call()
        self.assertEqual(status, 0, said)
        return self.state()

    def test_row_holds_when_all_its_proofs_passed(self):
        self.assertEqual(self.written(), "yes")
        self.assertIn("`FetchTest.*`, `kafka.kcat.reads`", self.page.read_text())
        self.assertIn("1 hold, 0 in part, 0 not.", self.page.read_text())
        self.assertEqual(self.call("--check"), (0, ""))

    def test_failed_test_or_flow_fails_its_row(self):
        self.written()
        for tests, flows, failed in (
                ("fail", "RAN kafka.kcat.reads\n", "FetchTest.Waits"),
                ("run", "FAIL client flow kafka.kcat.reads (1.7)\nRAN kafka.kcat.reads\n", "kafka.kcat.reads")):
            self.results({"FetchTest.Reads": "run", "FetchTest.Waits": tests}, flows)
            status, said = self.call("--check")
            self.assertEqual(status, 1)
            self.assertIn(f"row 1 of tests/rows/kafka.toml does not hold: {failed} failed", said)
            self.assertIn("type tools/scorecard", said)
        self.assertEqual(self.written(), "**fails**")
        self.assertEqual(self.call("--check")[0], 0, "the page says it")

    def test_pattern_that_names_nothing_is_an_error(self):
        self.rows('proofs = ["FetchTest.*", "kafka.kcta.*"]')
        for arguments in ((), ("--check",)):
            status, said = self.call(*arguments)
            self.assertEqual(status, 1)
            self.assertIn("FAIL: row 1 of tests/rows/kafka.toml: no test is named kafka.kcta.*", said)
            self.assertFalse(self.page.exists(), "nothing is known of the row")

    def test_what_could_not_run_keeps_the_state(self):
        self.written()
        self.results({"FetchTest.Reads": "run"}, "NOT RUN: kafka.kcat.reads (not installed)\n")
        status, said = self.call("--check")
        self.assertEqual(status, 0, said)
        self.assertIn("NOT RUN", said)
        self.assertEqual(self.written(), "yes")

    def test_what_could_not_run_mends_no_failed_row(self):
        self.results({"FetchTest.Reads": "run"}, "FAIL client flow kafka.kcat.reads (1.7)\n")
        self.assertEqual(self.written(), "**fails**")
        self.results({"FetchTest.Reads": "run"}, "")
        self.assertEqual(self.written(), "**fails**")

    def test_what_could_not_run_proves_no_missing_part(self):
        self.rows('missing = "writing"\nproofs = ["FetchTest.*"]')
        self.assertEqual(self.written(), "in part")
        self.rows('proofs = ["FetchTest.*", "kafka.java.reads"]')
        self.results({"FetchTest.Reads": "run"}, "")
        self.assertEqual(self.written(), "in part")

    def test_row_that_never_ran_is_not_said_to_hold(self):
        self.results({"FetchTest.Reads": "run"}, "")
        self.assertEqual(self.written(), "**not run**")

    def test_clients_that_are_absent_excuse_the_names_of_their_flows_only(self):
        self.written()
        self.rows('proofs = ["FetchTest.*", "kafka.newer.*"]')
        self.results({"FetchTest.Reads": "run"}, "NOT RUN: newest PyPI clients (no network)\n")
        self.assertEqual(self.written(), "yes")
        self.rows('proofs = ["FetchTset.*"]')
        self.assertEqual(self.call()[0], 1)

    def test_untried_programs_are_named_and_change_no_state(self):
        self.rows('untried = "a console"\nproofs = ["FetchTest.*"]')
        self.assertEqual(self.written(), "yes")
        self.assertIn("*Not tried with: a console*", self.page.read_text())

    def test_missing_part_is_said(self):
        self.rows('missing = "writing"\nproofs = ["FetchTest.*"]')
        self.assertEqual(self.written(), "in part")
        self.assertIn("*Not shown: writing*", self.page.read_text())
        self.rows('missing = "all"\nproofs = []')
        self.assertEqual(self.written(), "no")

    def test_check_finds_a_stale_page_and_writes_nothing(self):
        self.written()
        self.rows('missing = "writing"\nproofs = ["FetchTest.*"]')
        before = self.page.read_text()
        status, said = self.call("--check")
        self.assertEqual(status, 1)
        self.assertIn("docs/kafka.md is not what", said)
        self.assertIn("Not shown: writing", said)
        self.assertEqual(self.page.read_text(), before)

    def test_another_test_changes_no_page(self):
        self.written()
        self.results({"FetchTest.Reads": "run", "FetchTest.Waits": "run", "FetchTest.Ends": "run"},
                     "RAN kafka.kcat.reads\n")
        self.assertEqual(self.call("--check"), (0, ""))

    def test_table_is_what_its_program_prints(self):
        program = self.root / "build/release/table"
        program.write_text("#!/bin/sh\necho '| 1 | Fetch | 4 to 18 |'\n")
        program.chmod(0o755)
        self.rows('proofs = ["FetchTest.*"]', top='table = "table"\nnotes = "Served:\\n\\n{table}"')
        self.assertEqual(self.written(), "yes")
        self.assertIn("Served:\n\n| 1 | Fetch | 4 to 18 |\n", self.page.read_text())
        self.results({"FetchTest.Reads": "notrun"}, "")
        status, said = self.call("--check")
        self.assertEqual(status, 0, f"its numbers are no rows: {said}")

    def test_without_a_run_it_says_what_to_type(self):
        (self.root / "build/release/clients.txt").unlink()
        status, said = self.call("--check")
        self.assertEqual(status, 1)
        self.assertIn("run tools/test first", said)


if __name__ == "__main__":
    unittest.main()
