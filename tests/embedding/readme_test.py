"""README's programs are the ones that are compiled here, and print what README's reader expects.

    readme_test.py README TEN_LINES THREE_URLS SOURCE_DIR
"""

import re
import subprocess
import sys

readme, ten_lines, three_urls, source_dir = sys.argv[1:]
blocks = re.findall(r"```cpp\n(.*?)```", open(readme).read(), re.S)
for name in ("ten_lines.cc", "three_urls.cc"):
    program = open(f"{source_dir}/{name}").read()
    assert program in blocks, f"README does not show {name} as it is compiled"

printed = subprocess.run([ten_lines], capture_output=True, text=True, timeout=60, check=True).stdout
assert printed == "0: order 1\n", printed

lines = subprocess.run([three_urls], capture_output=True, text=True, timeout=60, check=True).stdout.split("\n")
for line, pattern in zip(lines, [r"127\.0\.0\.1:\d+", r"redis://127\.0\.0\.1:\d+", r"nats://127\.0\.0\.1:\d+"]):
    assert re.fullmatch(pattern, line), line
