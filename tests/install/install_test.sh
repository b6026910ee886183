#!/usr/bin/env bash
# Installs a build into an empty prefix and builds a program against it, once with find_package and once
# with pkg-config: install_test.sh BUILD_DIR SOURCE_DIR CXX
set -euo pipefail
build=$1 source=$2 cxx=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

cmake --install "$build" --prefix "$prefix" >/dev/null
for header in "$source"/include/braid/*.h; do
  test -f "$prefix/include/braid/$(basename "$header")"
done
"$prefix/bin/braid" --help >/dev/null

urls='^127\.0\.0\.1:[0-9]+ redis://127\.0\.0\.1:[0-9]+ nats://127\.0\.0\.1:[0-9]+$'

echo "with find_package"
cmake -S "$source/tests/install/consumer" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
cmake --build "$scratch/build" >/dev/null
"$scratch/build/consumer" | grep -E "$urls"

echo "with pkg-config"
pc=$(find "$prefix" -name braid.pc -printf '%h')
export PKG_CONFIG_PATH=$pc
read -ra flags <<<"$(pkg-config --cflags --libs braid)"
"$cxx" -Wall -Wextra -Werror "$source/tests/install/consumer/consumer.cc" -o "$scratch/consumer" \
  "${flags[@]}"
"$scratch/consumer" | grep -E "$urls"
