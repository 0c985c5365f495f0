"""What pyproject.toml, the package and constraints.txt say agrees."""

import re
import tomllib

import gradloom
from tests.tree.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LIGHT = {"ml_dtypes", "numpy", "optree", "rich", "safetensors", "typer"}


def package_name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0]


def normal(package: str) -> str:
    return package.lower().replace("_", "-")


def pins() -> dict[str, str]:
    """The pinned version of each package."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    rows = [line.split("==") for line in text.splitlines() if not line.startswith("#")]
    return {normal(package): version for package, version in rows}


def test_the_version_is_a_number_of_three_parts_and_has_its_entry_in_the_changelog() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", gradloom.__version__)
    assert f"## [{gradloom.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_light_dependencies_are_these_and_no_framework() -> None:
    assert {package_name(requirement) for requirement in PROJECT["dependencies"]} == LIGHT


def test_everything_that_gradloom_asks_for_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *(each for group in extras.values() for each in group)]
    names = {normal(package_name(requirement)) for requirement in asked}
    assert sorted(names - pins().keys() - {"gradloom"}) == []


def test_torch_is_one_exact_version() -> None:
    assert pins()["torch"] == "2.13.0"


def test_the_extra_all_holds_every_other_extra_but_dev() -> None:
    extras = PROJECT["optional-dependencies"]
    [everything] = extras["all"]
    listed = set(re.findall(r"[\w-]+", everything.partition("[")[2]))
    assert listed == extras.keys() - {"all", "dev"}
