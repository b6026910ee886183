#!/usr/bin/env python3
"""Each check of tidy.py fails on a planted violation and passes on the same tree without it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TIDY = Path(__file__).with_name("tidy.py")
CLEAN = {
    ".clang-format": "BasedOnStyle: Google\n",
    "include/braid/part.h": '#include <string>\n\nstd::string Part();\n',
    "storage/log.h": '#include "braid/part.h"\n',
    "storage/log.cc": '#include "storage/log.h"\n',
    "engine/stream.h": '#include "storage/log.h"\n',
    "protocol/kafka/session.h": '#include <boost/asio/buffer.hpp>\n\n#include "engine/stream.h"\n',
    "protocol/redis/session.h": '#include "protocol/server/outbox.h"\n',
    "storage/CMakeLists.txt": "add_library(log log.cc)\n",
    "tests/CMakeLists.txt": "add_executable(log_test storage/log_test.cc)\n",
    "tests/storage/log_test.cc": "int main() {}\n",
}


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in CLEAN.items():
            self.plant(name, text)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tidy(self, check):
        return subprocess.run(
            [sys.executable, TIDY, "--root", self.root, check], capture_output=True, text=True)

    def assert_found(self, check, name):
        self.assertEqual(self.tidy_before, 0, "the clean tree must pass")
        result = self.tidy(check)
        self.assertEqual(result.returncode, 1, f"{check} did not see {name}")
        self.assertIn(name, result.stdout + result.stderr)

    def expect(self, check, name, text):
        self.tidy_before = self.tidy(check).returncode
        self.plant(name, text)
        self.assert_found(check, name)

    def test_include_to_the_right_is_found(self):
        self.expect("layers", "storage/log.h", '#include "engine/stream.h"\n')

    def test_include_of_the_tests_is_found(self):
        self.expect("layers", "engine/stream.h", '#include "tests/storage/fixture.h"\n')

    def test_promise_using_a_private_header_is_found(self):
        self.expect("layers", "include/braid/part.h", '#include "storage/log.h"\n')

    def test_promise_using_a_third_library_is_found(self):
        self.expect("layers", "include/braid/part.h", "#include <fmt/format.h>\n")

    def test_engine_with_a_network_is_found(self):
        self.expect("layers", "engine/stream.h", "#include <boost/asio/buffer.hpp>\n")

    def test_engine_with_a_thread_is_found(self):
        self.expect("layers", "engine/stream.h", "#include <thread>\n")

    def test_protocol_including_another_is_found(self):
        self.expect("layers", "protocol/redis/session.h", '#include "protocol/kafka/session.h"\n')

    def test_relative_include_is_found(self):
        self.expect("layers", "engine/stream.h", '#include "../protocol/kafka/session.h"\n')

    def test_source_in_no_target_is_found(self):
        self.expect("targets", "storage/index.cc", "")

    def test_test_in_no_target_is_found(self):
        self.expect("targets", "tests/storage/index_test.cc", "")

    def test_source_only_mentioned_in_a_comment_is_found(self):
        self.plant("storage/CMakeLists.txt", "add_library(log log.cc)  # index.cc\n")
        self.expect("targets", "storage/index.cc", "")

    def test_source_named_by_a_loop_is_in_a_target(self):
        self.plant("storage/CMakeLists.txt", "foreach(x log index)\nadd_executable(${x} ${x}.cc)\n")
        self.plant("storage/index.cc", "")
        self.expect("targets", "storage/other.cc", "")

    def test_unformatted_code_is_found(self):
        self.expect("format", "storage/log.cc", "int  a ;\n")

    def test_header_leaning_on_its_includer_is_found(self):
        self.expect("headers", "include/braid/part.h", "std::string Part();\n")

    def test_mark_of_unfinished_work_is_found(self):
        self.expect("leftovers", "storage/log.cc", "// TO" + "DO: finish\n")

    def test_sleep_in_a_test_is_found(self):
        self.expect("leftovers", "tests/storage/log_test.cc", "void f() { sleep_" + "for(1); }\n")


if __name__ == "__main__":
    unittest.main()
