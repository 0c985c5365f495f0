"""Results on disk: read when function and arguments are the same, else computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.content import Untold, digest_of

RAN: list[str] = []


def _run(folder: Path, function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, str]:
    """The value, and what the log said of the cache."""
    lines: list[str] = []
    G = GraphBuilder(verbose=lines.append)
    value = G.add(function, cache=folder, **options)(*args).get()
    return value, " ".join(x for x in lines if x.startswith(("read", "not cached")))


def _made(x: Any) -> Any:
    return {"array": np.outer(x, x), "list": [1, 2.5, (None, True, "text", 3j)], 7: np.float32(1.5)}


def test_the_second_run_reads_what_the_first_wrote(tmp_path: Path) -> None:
    first, said = _run(tmp_path, _made, np.arange(3.0))
    again, said_again = _run(tmp_path, _made, np.arange(3.0))
    assert (said, said_again) == ("", "read _made_0")
    assert list(again) == list(first)
    assert again["list"] == first["list"]
    assert again["array"].dtype == first["array"].dtype
    assert np.array_equal(again["array"], first["array"])
    assert type(again[7]) is np.float32
    assert len(list(tmp_path.iterdir())) == 1


def _plus(k: float) -> Callable[[float], float]:
    return lambda x: x + k


def test_other_closures_arguments_and_code_are_other_entries(tmp_path: Path) -> None:
    assert _run(tmp_path, _plus(1.0), 1.0) == (2.0, "")
    assert _run(tmp_path, _plus(2.0), 1.0) == (3.0, "")
    assert _run(tmp_path, _plus(1.0), 2.0) == (3.0, "")
    assert _run(tmp_path, lambda x: x * 3, 1.0) == (3.0, "")
    assert _run(tmp_path, lambda x: x * 4, 1.0) == (4.0, "")
    assert _run(tmp_path, _plus(1.0), 1.0) == (2.0, "read lambda_0")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0), (1, True), (0.0, -0.0), ("1", 1), ([1], (1,)), ([[1], 2], [[1, 2]]),
        (np.zeros(2), np.zeros((2, 1))), (np.zeros(2), np.zeros(2, np.float32)),
        (np.float64(1), 1.0), ({"a": 1}, {"a": 2}), (b"a", "a"), (None, "None"),
    ],
)  # fmt: skip
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    assert digest_of(len, [one]) != digest_of(len, [other])


def test_a_helper_that_changes_changes_the_digest() -> None:
    scope: dict[str, Any] = {}
    exec("def helper(x): return x + 1\ndef f(x): return [helper(v) for v in x]", scope)
    before = digest_of(scope["f"], [1])
    assert digest_of(scope["f"], [1]) == before
    exec("def helper(x): return x + 2", scope)
    assert digest_of(scope["f"], [1]) != before


def test_functions_that_call_themselves_have_a_digest() -> None:
    scope: dict[str, Any] = {}
    exec("def f(n): return 1 if n < 2 else n * f(n - 1)", scope)
    assert len(digest_of(scope["f"], [3])) == 64


def test_what_cannot_be_told_is_not_cached_and_the_log_says_why(tmp_path: Path) -> None:
    holder: list[Any] = []
    holder.append(holder)
    assert "depends on a object" in _run(tmp_path, str, object())[1]
    assert "holds itself" in _run(tmp_path, len, holder)[1]
    assert "its result is a set" in _run(tmp_path, lambda: {1})[1]
    assert "depends on the module" in _run(tmp_path, lambda: pytest.__name__)[1]
    with pytest.raises(Untold, match="append"):
        digest_of([].append, [1])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_entry_is_computed_anew(tmp_path: Path, damage: bytes | None) -> None:
    _run(tmp_path, _made, np.arange(3.0))
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    broken = whole[:200] + bytes([whole[200] ^ 255]) + whole[201:] if damage is None else damage
    entry.write_bytes(broken)
    value, _ = _run(tmp_path, _made, np.arange(3.0))
    assert np.array_equal(value["array"], np.outer(np.arange(3.0), np.arange(3.0)))
    assert _run(tmp_path, _made, np.arange(3.0))[1] == "read _made_0"


def test_several_results_and_threads_are_cached_too(tmp_path: Path) -> None:
    for said in ([], ["read divmod_0"]):
        lines: list[str] = []
        G = GraphBuilder(verbose=lines.append)
        q, r = G.add(divmod, n_out=2, cache=tmp_path)(17, 5)
        assert G.run(q, r, executor="threads") == [3, 2]
        assert [line for line in lines if "read" in line] == said


def test_a_cache_that_cannot_be_written_is_an_error_with_the_reason(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(gl.FileUnwritable, match="cache"):
        _run(blocked, _made, np.arange(3.0))
    with pytest.raises(gl.CallError, match="cache"):
        GraphBuilder().add(int, cache=True)  # type: ignore[arg-type]
