"""Extra compute of rematerialisation plans on published graphs, beside the published figures.

    python bench/remat.py FOLDER

FOLDER holds the graphs as JSON: nodes, edges, bytes, cost, peak_in_order.

TDI% is the extra compute over running every node once. Published: MOCCASIN (ICML 2023), its
poster's table.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

from gradloom.passes.remat.greedy import extra_cost, plan_of, search
from gradloom.passes.remat.problem import Problem
from gradloom.passes.remat.schedule import schedule

PUBLISHED: Final = {
    ("fcn8_train", 0.9): 0.0, ("fcn8_train", 0.8): 0.1,
    ("resnet50_train", 0.9): 0.1, ("resnet50_train", 0.8): 0.3,
    ("random_layered_250", 0.9): 0.9, ("random_layered_250", 0.8): 4.9,
}  # fmt: skip
"""The best published TDI%, rounded as there."""


def read_problem(path: Path) -> tuple[Problem, int]:
    """The problem that a file poses, and its peak in the given order, in bytes."""
    data = json.loads(path.read_text())
    uses: list[list[int]] = [[] for _ in data["bytes"]]
    for producer, consumer in data["edges"]:
        uses[consumer].append(producer)
    count = len(uses)
    problem = Problem(
        nbytes=data["bytes"], producer=range(count), movable=[True] * count, uses=uses,
        makes=[[i] for i in range(count)], extra=[0] * count, costs=data["cost"], returned=(),
    )  # fmt: skip
    return problem, data["peak_in_order"]


def main(folder: str) -> None:
    """Print one row per graph and budget."""
    print(
        f"{'graph':22}{'budget':>8}{'TDI%':>8}{'published':>11}"
        f"{'recomputed':>12}{'seconds':>9}  peak ok"
    )
    for path in sorted(Path(folder).glob("*.json")):
        problem, peak = read_problem(path)
        assert schedule(problem, {}).peak == peak, (path, schedule(problem, {}).peak, peak)
        for fraction in (0.9, 0.8):
            budget = int(fraction * peak)
            start = time.process_time()
            pairs, found = search(problem, budget)
            seconds = time.process_time() - start
            tdi = 100 * extra_cost(problem, pairs) / sum(problem.costs)
            fits = schedule(problem, plan_of(pairs)).peak <= budget and found <= budget
            known = PUBLISHED.get((path.stem, fraction), "")
            print(
                f"{path.stem:22}{fraction:8}{tdi:8.3f}{known:>11}"
                f"{len(pairs):12}{seconds:9.2f}  {fits}"
            )


if __name__ == "__main__":
    main(sys.argv[1])
