"""The wheel holds what it must, and works in an environment that has nothing but it."""

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import gradloom
from tests.tree.files import ROOT

pytestmark = pytest.mark.wheel
HERE = Path(__file__).parent


def run(*command: str | Path, cwd: Path) -> str:
    """What the command prints; if it fails the test fails with all that it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Fresh:
    """A fresh environment, and a folder to run it in, away from the repository."""

    python: Path
    folder: Path

    def run(self, *arguments: str | Path) -> str:
        """What Python prints when it is run with the arguments; `-I` shuts out other packages."""
        return run(self.python, "-I", *arguments, cwd=self.folder)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the repository as it stands."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT, cwd=out)
    [built] = out.glob("*.whl")
    return built


def interpreter(version: str) -> str:
    """The Python of this version; skips the test, by name, where there is none."""
    if version == ".".join(map(str, sys.version_info[:2])):
        return sys.executable
    found = shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip(f"no python{version} on this machine")
    return found


@pytest.fixture(scope="module", params=["3.11", "3.12"])
def fresh(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Fresh:
    """An environment with the wheel and the package of a pretend user, and their dependencies."""
    python = interpreter(request.param)
    folder = tmp_path_factory.mktemp("fresh")
    run(python, "-m", "venv", "environment", cwd=folder)
    made = folder / "environment" / "bin" / "python"
    user = folder / "pretend_user"  # a copy: building leaves nothing in the repository
    shutil.copytree(HERE / "pretend_user", user)
    run(made, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, user, cwd=folder)
    return Fresh(made, folder)


def test_the_wheel_holds_the_code_its_types_and_the_data_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "gradloom/__init__.py",
        "gradloom/py.typed",
        "gradloom/demo/digits.npz",
        "gradloom/demo/DIGITS.md",
        f"gradloom-{gradloom.__version__}.dist-info/licenses/LICENSE",
    } <= names
    assert {name.split("/")[0] for name in names} == {
        "gradloom",
        f"gradloom-{gradloom.__version__}.dist-info",
    }


def test_the_installed_package_is_the_wheel_s(fresh: Fresh) -> None:
    program = "import gradloom; print(gradloom.__version__, gradloom.__file__)"
    version, file = fresh.run("-c", program).split()
    assert version == gradloom.__version__
    assert Path(file).is_relative_to(fresh.folder)


def test_no_framework_came_with_it(fresh: Fresh) -> None:
    listing = fresh.run("-m", "pip", "list", "--format=freeze")
    installed = {line.split("==")[0].lower() for line in listing.splitlines()}
    assert installed.isdisjoint({"torch", "jax", "tensorflow", "onnx", "pytest"})


def test_the_demo_s_data_loads(fresh: Fresh) -> None:
    program = "from gradloom.demo.digits import load; print(len(load().y_test))"
    assert fresh.run("-c", program) == "360\n"


def test_the_command_line_starts(fresh: Fresh) -> None:
    command = fresh.python.parent / "gradloom"
    assert "demo" in run(command, "--help", cwd=fresh.folder)


@pytest.mark.parametrize("program", ["trace_springs.py", "trace_demo.py"])
def test_a_package_that_pip_installed_is_traced_and_differentiated(
    fresh: Fresh, program: str
) -> None:
    fresh.run(HERE / program)
