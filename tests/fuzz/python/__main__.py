"""Runs random programs for a while: `python -m tests.fuzz.python --seconds 600 --seed 1`."""

from __future__ import annotations

import argparse
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from tests.fuzz.python.prelude import PRELUDE
from tests.fuzz.python.programs import program
from tests.fuzz.python.running import Case, Unfit, Wrong, general, quiet
from tests.fuzz.python.shrink import shrunk

CHECKS = ("traced", "compiled", "differentiated", "mapped")
_PATIENCE_S = 60
_PLAIN_S = 3


def alarm(_: int, __: Any) -> None:
    """What a program gets that runs too long."""
    raise TimeoutError("runs too long")


def outcome(text: str, seed: int, checks: tuple[str, ...]) -> tuple[str, str]:
    """What becomes of a program: ("ok" or "refused" or "unfit" or "wrong", why)."""
    with quiet():
        try:
            signal.alarm(_PLAIN_S)
            case = Case(text, seed)
        except (Unfit, Exception) as error:
            return "unfit", str(error)
        finally:
            signal.alarm(0)
        try:
            signal.alarm(_PATIENCE_S)
            for check in checks:
                name, _, backend = check.partition("@")
                reason = getattr(case, name)(*([backend] if backend else []))
                if reason:
                    return "refused", reason
        except Wrong as error:
            return "wrong", str(error)
        except Exception as error:
            return "wrong", f"fuzzer: {type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
    return "ok", ""


def _kind(why: str) -> str:
    """What a shrunk program must still be wrong by."""
    return why[:24] if "Error" not in why else general(why).split(" (")[0][:90]


def main() -> None:
    """Run programs, shrink what is wrong, count what is refused."""
    parser = argparse.ArgumentParser(prog="fuzz.python", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--checks", nargs="+", default=list(CHECKS))
    parser.add_argument("--size", type=int, default=None)
    parser.add_argument("--shrink", type=float, default=60, help="seconds to shrink each")
    parser.add_argument("--out", type=Path, default=None, help="a folder for what is wrong")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, alarm)
    console = Console(width=140, highlight=False, markup=False)
    checks = tuple(options.checks)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    found: Counter[str] = Counter()
    start = time.monotonic()
    for seed in range(options.seed, options.seed + options.count):
        if time.monotonic() - start > options.seconds:
            break
        text = program(Random(seed), options.size)
        what, why = outcome(text, seed, checks)
        counts[what] += 1
        if what in ("refused", "unfit"):
            reasons[f"{what}: {general(why)}"] += 1
        if what != "wrong":
            continue
        kind = _kind(why)
        found[kind] += 1
        if found[kind] > 3:
            continue

        def is_still(small: str, seed: int = seed, kind: str = kind) -> bool:
            it, reason = outcome(small, seed, checks)
            return it == "wrong" and _kind(reason) == kind

        small = shrunk(text, is_still, options.shrink)
        _, why = outcome(small, seed, checks)
        shown = small.removeprefix(PRELUDE)
        console.print(f"---- seed {seed}: {why}\n{shown}")
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{seed}.py").write_text(small)
    for reason, times in reasons.most_common():
        console.print(f"{times:6} {reason}")
    for kind, times in found.most_common():
        console.print(f"{times:6} WRONG {kind}")
    console.print(dict(counts))


if __name__ == "__main__":
    main()
