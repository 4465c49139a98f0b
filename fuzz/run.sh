#!/usr/bin/env bash
# Fuzzes each target for SECONDS (60), one after the other, or only those that are named: fuzz/run.sh 60 dn link_header
# Needs `cargo install cargo-fuzz` and a C++ compiler; stable Rust is enough, since no sanitizer is wanted of code without
# `unsafe`. The corpus in the repository is read and not written: new inputs go to found/, what breaks a property to
# artifacts/. A finding is made small with `cargo fuzz tmin -s none TARGET FILE`, and goes into corpus/TARGET/.
set -uo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)

nice -n 15 cargo fuzz build --sanitizer none || exit 1
failed=0
for target in "${targets[@]}"; do
  mkdir -p "found/$target" "artifacts/$target"
  log=found/$target.log
  if nice -n 15 cargo fuzz run --sanitizer none "$target" "found/$target" "corpus/$target" -- \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    verdict=held
  else
    verdict=BROKEN
    failed=1
  fi
  execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  printf '%-16s %-6s %12s inputs %8s/s\n' "$target" "$verdict" "${execs:-?}" "${rate:-?}"
done
exit $failed
