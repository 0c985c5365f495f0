"""One table of settings: what is read, what is documented, and what is refused."""

from __future__ import annotations

import re

import pytest

import gradloom as gl
from gradloom.runtime import settings as s
from tests.tree.files import ROOT, name, tracked

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\bGRADLOOM_[A-Z][A-Z_]*[A-Z]\b")
NAMES = {x.name for x in s.SETTINGS}
GT = {
    "GT_CONFIG", "GT_AUTO_SHARD", "GT_INSTRUCTION_LOG", "GT_BACKEND", "GT_AUTO_COMPILE",
    "GT_HOTPATH_WINDOW", "GT_HOTPATH_THRESHOLD", "GT_HOTPATH_MIN_SEQ", "GT_HOTPATH_MAX_EXPAND",
    "GT_SAVE_COMPILED_CODE", "GT_VERBOSE", "GT_DEBUG_CLIENT", "GT_DEBUG_DISPATCHER",
    "GT_DEBUG_WORKER", "GT_DEBUG_COMPILE", "GT_COMPILE", "GT_WORKER_BATCH_SIZE",
}  # fmt: skip


def test_every_variable_that_the_package_names_is_in_the_table():
    named = {
        (name(path), variable)
        for path in tracked("gradloom/*.py")
        for variable in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    assert {(path, v) for path, v in named if v not in NAMES} == set()


def test_the_environment_is_read_in_one_place():
    readers = re.compile(r"environ(?:\.get\(|\[)\s*[\"']GRADLOOM_|getenv\(\s*[\"']GRADLOOM_")
    found = {name(p) for p in tracked("gradloom/*.py") if readers.search(p.read_text("utf-8"))}
    assert found <= {"gradloom/passes/pipeline.py"}  # below the runtime: GRADLOOM_DUMP


def test_the_page_has_the_rows_of_the_table_and_no_others():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `(?:GRADLOOM|GT)_", line)]
    assert rows == [x.row for x in (*s.SETTINGS, *s.UNNEEDED)]


def test_every_variable_of_gt_has_a_counterpart_or_a_reason():
    counterparts = {x.gt.strip("`") for x in s.SETTINGS if x.gt}
    reasons = {x.gt for x in s.UNNEEDED if x.reason}
    assert counterparts | reasons == GT
    assert not counterparts & reasons


@pytest.mark.parametrize("setting", s.SETTINGS, ids=lambda x: x.name)
def test_what_is_not_set_or_empty_is_the_default(setting):
    assert setting.get({}) == setting.get({setting.name: " "}) == setting.default


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (s.WORKERS, "3", 3),
        (s.VERBOSE, "1", True),
        (s.SHARED_MEMORY, "0", False),
        (s.BACKEND, "numpy", "numpy"),
        (s.CONFIG, "a/b.yaml", "a/b.yaml"),
    ],
)
def test_a_value_is_read(setting, text, value):
    assert setting.get({setting.name: text}) == value


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (s.WORKERS, "0"), (s.WORKERS, "-1"), (s.WORKERS, "²"), (s.WORKERS, "99999999"),
        (s.VERBOSE, "yes"), (s.BACKEND, "pytorch"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_an_error_that_names_the_variable_and_what_it_may_be(setting, text):
    with pytest.raises(gl.ArgumentError) as caught:
        setting.get({setting.name: text})
    told = str(caught.value)
    assert setting.name in told
    assert repr(text) in told
    assert setting.values in told
