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


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every row whose parameter names a framework, so that `make check` leaves it out."""
    for item in items:
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
