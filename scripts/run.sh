#!/bin/sh
# gradloom's commands: `sh scripts/run.sh COMMAND`, or `make COMMAND`.
#
#   demo      train the digit classifier (installs the light dependencies only)
#   check     format, lint, types, import layers, the quick tests that need no framework: at most 2 minutes
#   test      check, then every test with every framework, doctests, the wheel: what CI runs
#   test-all  the same with the slow tests, and with fresh random seeds
#   bench     the benchmarks
#   docs      run the tour and check the links of every page
#   coverage  run numpy's names on everything and write docs/numpy-coverage.md (3 minutes)
#   clean     remove .venv and what the tools left
#   help      this text
#
# PYTHON=/path/to/python3.12 chooses the Python that .venv is made with (3.11 or newer).

set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 # pytest runs 2 processes
export TF_CPP_MIN_LOG_LEVEL=2                                     # errors only
export JAX_PLATFORMS="${JAX_PLATFORMS:-cpu}"                      # no search for other devices

bin=.venv/bin
pytest="$bin/python -m pytest -q -rfEs --no-fold-skipped --durations=15 --durations-min=1"
# In the order of the folders: a few long files (tests/coverage) would be last by their number of tests.
split="-n 2 --dist loadfile --no-loadscope-reorder"

# Run a command under a title, and say how long it took.
phase() {
    title=$1
    shift
    say "$title"
    start=$(date +%s)
    "$@"
    say "$title: $(($(date +%s) - start)) s"
}

quick_checks() {
    phase "format" $bin/ruff format --check --quiet .
    phase "lint" $bin/ruff check --quiet .
    phase "types" $bin/mypy --strict
    phase "import layers" $bin/lint-imports --no-logo
}

doctests() {
    $pytest --doctest-modules gradloom
}

demo() {
    environment light
    $bin/gradloom demo
}

check() {
    environment dev
    quick_checks
    phase "quick tests" $pytest $split -m "not framework and not thorough and not wheel and not slow"
}

full_environment() {
    environment all
    programs
}

run_tests() {
    full_environment
    quick_checks
    phase "doctests" doctests
    phase "wheel" $pytest -m "wheel and not slow"
    phase "tests" $pytest $split -m "not wheel and not slow" # last: CI reads its closing line
}

test_all() {
    full_environment
    quick_checks
    phase "doctests" doctests
    seed=$(date +%s)
    phase "all tests, seed $seed" \
        $pytest $split --hypothesis-profile=rotating --hypothesis-seed="$seed"
}

bench() {
    full_environment
    $bin/python -m bench
}

docs() {
    environment dev
    if [ -f docs/tour.py ]; then
        phase "tour" $bin/python docs/tour.py
    fi
    phase "links" $pytest tests/tree/test_links.py
}

coverage() {
    full_environment
    $bin/python -W ignore -m tests.coverage "$@"
}

clean() {
    rm -rf .venv build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
    find . -name __pycache__ -type d -prune -exec rm -rf {} +
}

case "${1:-help}" in
    demo | check | bench | docs | clean) "$1" ;;
    coverage) shift && coverage "$@" ;;
    test) run_tests ;;
    test-all) test_all ;;
    help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" ;;
    *)
        echo "no command '$1'; 'sh scripts/run.sh help' lists them" >&2
        exit 2
        ;;
esac
