#!/usr/bin/env bash
# Lets libFuzzer look, for SECONDS each (60), for bytes that break a property of src/fuzzing.rs: all of them one after the
# other, or those that are named: fuzz/run.sh 60 dn link_header
# Needs `cargo install cargo-fuzz` and a C++ compiler; stable Rust is enough, since no sanitizer is wanted of code without
# `unsafe`. corpus/ is read and not written: new inputs go to found/, what breaks a property to artifacts/. That is made small
# with `PROPERTY=NAME cargo fuzz tmin -s none property FILE`, and goes into corpus/NAME/.
set -uo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
shift || true
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(ls corpus))

cargo fuzz build --sanitizer none || exit 1
failed=0
for name in "${names[@]}"; do
  mkdir -p "found/$name" "artifacts/$name"
  log=found/$name.log
  if PROPERTY=$name nice -n 15 cargo fuzz run --sanitizer none property "found/$name" "corpus/$name" -- \
    -artifact_prefix="artifacts/$name/" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 >"$log" 2>&1; then
    verdict=held
  else
    verdict=BROKEN
    failed=1
  fi
  execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  printf '%-16s %-6s %12s inputs %8s/s\n' "$name" "$verdict" "${execs:-?}" "${rate:-?}"
done
exit $failed
