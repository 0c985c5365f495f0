"""Files are small, named after a concept, and silent about the machine they were written on."""

import ast
import re
import statistics
from pathlib import Path

import pytest

from tests.tree.files import ROOT, name, tracked

LONGEST = 400
MEDIAN = 150
BANNED_NAMES = {"common.py", "helpers.py", "misc.py", "util.py", "utils.py"}
BANNED_MODULES = {"cloudpickle", "dill", "marshal", "pickle", "shelve"}  # loading them runs code
CODE = tracked("gradloom/*.py")

# Put together from pieces, so that this file does not hold what it looks for.
REGISTRIES = "|".join(
    host.replace("+", r"\.")
    for host in (
        "pypi+org",
        "pythonhosted+org",
        "npmjs+org",
        "deb+debian+org",
        "download+pytorch+org",
        "conda+anaconda+org",
    )
)
MACHINE_FOLDERS = r"(?<![\w.~}-])/(?:" + "|".join(("tmp", "work", "root", "farm")) + r")/"


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def modules_imported(path: Path) -> set[str]:
    """Top-level names of all modules that the file imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_file_fits_in_a_sitting(path: Path) -> None:
    assert len(lines(path)) <= LONGEST


def test_the_median_file_is_short() -> None:
    assert statistics.median(len(lines(path)) for path in CODE) <= MEDIAN


@pytest.mark.parametrize("path", CODE, ids=name)
def test_nothing_is_loaded_in_a_way_that_runs_foreign_code(path: Path) -> None:
    assert modules_imported(path).isdisjoint(BANNED_MODULES)


def test_files_are_named_after_a_concept() -> None:
    assert [name(path) for path in tracked("*.py") if path.name in BANNED_NAMES] == []


def places(pattern: str) -> list[str]:
    """Each `file:line: text` of the repository that the pattern matches."""
    found = []
    for path in tracked():
        try:
            numbered = list(enumerate(lines(path), start=1))
        except UnicodeDecodeError:
            continue  # data, such as digits.npz
        found += [f"{name(path)}:{n}: {line}" for n, line in numbered if re.search(pattern, line)]
    return found


def test_no_file_names_a_package_registry() -> None:
    assert places(REGISTRIES) == []


def test_no_file_names_a_folder_of_its_authors_machine() -> None:
    assert places(MACHINE_FOLDERS) == []


# tests that belong to no single folder
TOPICS = {"coverage", "examples", "fuzz", "golden", "matrix", "ops", "plain", "tree", "wheel"}


def folders(top: Path) -> set[str]:
    """Every folder with Python files below the top, as seen from there."""
    found = {path.parent.relative_to(top) for path in tracked(f"{name(top)}/*.py")}
    return {folder.as_posix() for folder in found if folder != Path()}


def test_the_tests_mirror_the_package() -> None:
    package = folders(ROOT / "gradloom")
    found = folders(ROOT / "tests")
    tested = {path for path in found if path in package or path.split("/")[0] not in TOPICS}
    assert sorted(tested - package) == [], "tests of a folder that the package does not have"
    top = {folder.split("/")[0] for folder in package}
    assert sorted(top - {folder.split("/")[0] for folder in tested}) == [], "a folder without tests"
