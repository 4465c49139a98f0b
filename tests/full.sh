#!/usr/bin/env bash
# The full lane: the long runs that `.ci/run` does a little of, one after the other, each adding its lines to tests/ledger.jsonl.
# About an hour on two idle cores; the sizes are arguments: tests/full.sh SEEDS KILLS POINTS [FROM]
# FROM is the first seed: give another one each time, so that the runs add up.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${1:-10000} kills=${2:-2000} points=${3:-20000} from=${4:-0}

LEDGER="$PWD/tests/ledger.jsonl" LEDGER_COMMIT=$(git rev-parse --short HEAD)
export LEDGER LEDGER_COMMIT
[ -z "$(git status --porcelain -- src tests)" ] || LEDGER_COMMIT+=-changed

run() { cargo test --locked --test it "$@" -- --nocapture; }
export CRASH_POINT_PAIRS=200
run crash_points::
SIMULATION_FROM=$from SIMULATION_SEEDS=$seeds run simulation::ends_in_the_right_state
KILLS=$kills KILLS_BIG=$((kills / 50)) KILLS_FROM=$from run kills::killed
DAMAGE_POINTS=$points DAMAGE_FROM=$from run damage::damaged
BAD_INPUT_ALL=1 run bad_input::
fuzz/run.sh 60
