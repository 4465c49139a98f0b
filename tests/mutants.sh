#!/usr/bin/env bash
# cargo mutants on src/core: changes the planner, the guard and what they stand on in one small way after another, and runs their
# own unit tests. src/core uses nothing else of this crate, so a crate is made of it alone, and a mutant is built in seconds.
#
#   tests/mutants.sh                          all of it (hours on two cores)
#   tests/mutants.sh --shard 3/16             a part of it
#   tests/mutants.sh --file src/core/guard.rs one file; everything behind the name of this script is cargo mutants' own
#
# Needs `cargo install cargo-mutants --locked`. What was caught and missed is in target/mutants/mutants.out.
# Beside the tests it is a script and no test: it takes hours, and its answer is a share to look at.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
alone=$root/target/mutants/core
mkdir -p "$alone/src"
rm -rf "$alone/src/core"
cp -r src/core src/planted.rs "$alone/src/"
cp Cargo.lock rustfmt.toml "$alone/"
printf '//! src/core by itself.\n\npub mod core;\npub mod planted;\n' >"$alone/src/lib.rs"

dependency() { grep -E "^$1 = " Cargo.toml | head -1; }
{
  printf '[package]\nname = "core-alone"\nversion = "0.0.0"\nedition = "2024"\npublish = false\n\n[workspace]\n\n'
  printf '[lib]\ndoctest = false\n\n[features]\nplanted = []\n\n[dependencies]\n'
  for name in icu_normalizer minijinja serde serde_json sha2; do dependency "$name"; done
  printf '\n[dev-dependencies]\n'
  for name in proptest toml_edit; do dependency "$name"; done
  # One test asks it how it writes a name; TLS has no part in that.
  dependency ldap3 | sed 's/, features = .*\]//'
  # The worlds of three people are most of the time.
  printf '\n[profile.dev]\nopt-level = 1\ndebug = false\n'
} >"$alone/Cargo.toml"

# `fmt` is for people. A mutant that loops is ended after a minute.
exec cargo mutants --dir "$alone" --in-place --output "$root/target/mutants" --no-shuffle --baseline skip --timeout 60 \
  --exclude src/planted.rs --exclude-re '<impl fmt::' "$@"
