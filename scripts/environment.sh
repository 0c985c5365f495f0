# Makes .venv and keeps it up to date; read by run.sh, which stands in the repository's root.
# Three levels, each holding the one before: light (gradloom's own dependencies), dev (the tools), all (the frameworks).
# .venv/installed tells the level, and from which pyproject.toml and constraints.txt, in which folder.

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Print the first of the usual names that runs and is Python 3.11 or newer.
find_python() {
    for name in ${PYTHON:-python3 python3.12 python3.11 python3.13 python}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    fail "gradloom needs Python 3.11 or newer; none was found (tried: ${PYTHON:-python3 and its kin})." \
        "On Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv" \
        "Elsewhere install it from python.org, then call again with PYTHON=/path/to/python3.12"
}

make_venv() {
    if .venv/bin/python -c 'import pip' 2>/dev/null; then
        return
    fi
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        fail "Python $version is here, but it cannot make environments: its venv module is missing." \
            "On Debian or Ubuntu: apt-get install python$version-venv (or python3-venv), then call again." \
            "Or choose another Python: PYTHON=/path/to/python3.12"
    fi
    say "making .venv with Python $version"
    rm -rf .venv
    "$python" -m venv .venv
}

level_number() {
    case "$1" in
        light) echo 1 ;;
        dev) echo 2 ;;
        all) echo 3 ;;
        *) echo 0 ;;
    esac
}

fingerprint() {
    { pwd && cat pyproject.toml constraints.txt; } | cksum | tr ' ' '-'
}

# Install with pip; show one line per package while it runs, and pip's whole log if it fails.
install() {
    log=.venv/install.log
    { .venv/bin/python -m pip install --disable-pip-version-check --no-input -c constraints.txt "$@" 2>&1 \
        || echo "pip failed"; } | tee "$log" \
        | awk '/^(Collecting|Processing) / { n = split($2, part, "/"); print "    " part[n]; fflush() }'
    if [ "$(tail -n 1 "$log")" = "pip failed" ]; then
        cat "$log" >&2
        fail "The installation failed; pip's words are above. gradloom needs a way to a Python package index."
    fi
}

# Bring .venv to a level: light, dev or all.
environment() {
    make_venv
    have_level=none
    have_fingerprint=none
    if [ -f .venv/installed ]; then
        read -r have_level have_fingerprint < .venv/installed
    fi
    if [ "$have_fingerprint" != "$(fingerprint)" ]; then
        have_level=none
    fi
    if [ "$(level_number "$have_level")" -ge "$(level_number "$1")" ]; then
        return
    fi
    case "$1" in
        light)
            say "installing gradloom and its light dependencies into .venv"
            install -e .
            ;;
        dev)
            say "installing gradloom and its tools into .venv"
            install -e '.[dev]'
            ;;
        all)
            say "installing gradloom, its tools and every framework into .venv (4 GB, some minutes)"
            install -e '.[all,dev]'
            ;;
    esac
    printf '%s %s\n' "$1" "$(fingerprint)" > .venv/installed
}

# Install the programs that tests of pictures want, where that needs no question: graphviz's dot and a browser, with
# the fonts that pictures are drawn in; tests that need one skip, by name, without it.
programs() {
    wanted=""
    command -v dot > /dev/null || wanted="graphviz"
    command -v chromium > /dev/null || wanted="$wanted chromium fonts-dejavu-core"
    if [ -z "$wanted" ]; then
        return
    fi
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        say "installing $wanted, for tests of pictures"
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086  # a list of packages
        { apt-get update && apt-get install -y --no-install-recommends $wanted; } > .venv/programs.log 2>&1 || true
    fi
    for name in dot chromium; do
        command -v $name > /dev/null || say "no $name here: tests that use it are skipped (.venv/programs.log says why)"
    done
}
