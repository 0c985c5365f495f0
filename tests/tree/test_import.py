"""`import gradloom` loads numpy and nothing heavier."""

import json
import subprocess
import sys

import pytest

from tests.tree.files import ROOT

MOST_MODULES = 60  # of the standard library and gradloom, beyond those of numpy
PROGRAM = """
import json, sys
import numpy
before = set(sys.modules)
import gradloom
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """Names of the modules that the import loads when numpy is there already."""
    program = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(program, cwd=ROOT, check=True, capture_output=True, text=True)
    names = json.loads(run.stdout)
    assert "gradloom" in names
    return names


def test_it_loads_no_other_package(loaded: list[str]) -> None:
    roots = {module.split(".")[0] for module in loaded}
    assert roots - sys.stdlib_module_names <= {"gradloom", "numpy"}


def test_it_loads_few_modules(loaded: list[str]) -> None:
    assert len(loaded) <= MOST_MODULES, loaded
