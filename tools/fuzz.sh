#!/bin/sh
# Fuzzes each target of crates/fuzz for $1 seconds (needs cargo-fuzz and a nightly toolchain).
set -eu
cd "$(dirname "$0")/.."
seconds="${1:-60}"
command -v cargo-fuzz >/dev/null 2>&1 || { echo "cargo-fuzz is missing. hint: cargo install cargo-fuzz" >&2; exit 2; }
for target in $(cargo +nightly fuzz list --fuzz-dir crates/fuzz); do
  echo "fuzz: $target for ${seconds} s"
  cargo +nightly fuzz run --fuzz-dir crates/fuzz "$target" -- -max_total_time="$seconds" -rss_limit_mb=2048
done
