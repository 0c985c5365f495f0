"""What every test shares: Hypothesis's profiles, `--update-golden`, and how long each part of
the suite took.
"""

from collections import defaultdict

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("rotating", max_examples=500, deadline=None, print_blob=True)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, which writes what passes make of the golden graphs, to be reviewed
    as a diff.
    """
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")


FRAMEWORKS = frozenset({"torch", "jax", "tensorflow", "onnx", "torchscript"})
THOROUGH = tuple(
    f"tests/{suite}"
    for suite in (
        "array_api/",
        "coverage/",
        "demo/test_show",
        "demo/test_train",
        "frontend/numpy/",
        "frontend/random/",
        "frontend/scipy/",
        "frontend/test_random",
        "fuzz/",
        "ir/ops/",
        "ir/special/",
        "matrix/",
        "ops/",
        "passes/remat/",
        "passes/sharding/",
        "passes/test_random_pipelines",
        "tree/test_derivatives_page",
    )
)
"""The suites that go through every function or draw hundreds of programs."""


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves out: the thorough suites, and every row whose parameter names a
    framework.
    """
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: give ids= that are the same in every process")
        if item.nodeid.startswith(THOROUGH):
            item.add_marker(pytest.mark.thorough)
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if any(isinstance(value, str) and value in FRAMEWORKS for value in values):
            item.add_marker(pytest.mark.framework)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the seconds spent under each folder of tests, longest first."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0].rpartition("/")[0]] += report.duration
    terminalreporter.section("seconds per folder")
    for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{spent:8.1f}  {folder}")
