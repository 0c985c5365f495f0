"""What files of signals say, and what they may not say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("yaml")
pytest.importorskip("msgspec")

from gradloom.ir.errors import ArgumentError, FileError, FileMissing
from gradloom.runtime import signals
from gradloom.runtime.signals import Config, ShardConfig, SignalConfig


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(signals._config, "signals", {})
    monkeypatch.setattr(signals, "_loaded", set())
    monkeypatch.delenv("GRADLOOM_CONFIG", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "signals.yaml"
    path.write_text(text)
    return path


def test_a_file_says_where_values_are(tmp_path):
    path = written(
        tmp_path,
        "a:\n  shard: {axis: -1, workers: [2, 0]}\n  backward: b\n  compile: true\n"
        "b:\n  shard:\n    workers: null\n    replicated: true\nc:\nd: {shard: null}\n",
    )
    config = signals.load_config(path)
    assert isinstance(config, Config)
    assert config.signals == {
        "a": SignalConfig(ShardConfig(-1, (2, 0)), "b", True),
        "b": SignalConfig(ShardConfig(0, None, True)),
        "c": SignalConfig(),
        "d": SignalConfig(),
    }
    assert signals.get_signal_config("a").shard.workers == (2, 0)
    assert signals.get_signal_config("nobody said so") is None


WRONG = [
    ("a: [1]", 1, "a is a mapping, not [1]"),
    ("a:\n  shrd: 1", 2, "did you mean shard?"),
    ("a:\n  shard:\n    workers: two", 3, "a list of numbers, such as [0, 1], or null"),
    ("a:\n  shard:\n    workers: []", 3, "not []"),
    ("a:\n  shard:\n    workers: [0, 0]", 3, "worker 0 is named twice"),
    ("a:\n  shard:\n    workers: [0, -1]", 3, "a number from 0 on, not -1"),
    ("a:\n  shard:\n    workers: [true]", 3, "a number from 0 on, not True"),
    ("a:\n  shard:\n    axis: x", 3, "an axis is a whole number, not 'x'"),
    ("a:\n  shard:\n    replicated: 1", 3, "true or false is due, not 1"),
    ("a: {shard: {axis: 1}}\na: {}", 2, "names 'a' twice"),
    ("a:\n  backward: 7", 2, "a signal's name is due, not 7"),
    ("1: {}", 1, "a name in the file is a text, not 1"),
    ("a: b: c", 1, "no YAML"),
    ("a: &x [*x]", 1, "a is a mapping"),
    ("a: !!python/object/apply:os.getcwd []", 1, "could not determine a constructor"),
]


@pytest.mark.parametrize(("text", "line", "told"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_mistake_is_told_with_its_line_and_nothing_is_registered(tmp_path, text, line, told):
    path = written(tmp_path, text)
    with pytest.raises(FileError) as caught:
        signals.load_config(path)
    assert f"signals.yaml:{line}" in str(caught.value)
    assert told in str(caught.value)
    assert signals.get_config().signals == {}


def test_a_file_that_is_not_there_or_too_long_is_an_error(tmp_path):
    with pytest.raises(FileMissing, match="no file"):
        signals.load_config(tmp_path / "absent.yaml")
    with pytest.raises(FileError, match="more than"):
        signals.load_config(written(tmp_path, "#" * (signals.MOST_BYTES + 1)))
    with pytest.raises(FileError, match="cannot be read"):
        signals.load_config(tmp_path)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet="ab:{}[]-,\n 01!&*'\"|>#%", max_size=60))
def test_any_text_is_a_file_of_signals_or_an_error_that_says_so(tmp_path, text):
    try:
        found = signals.read(written(tmp_path, text))
    except FileError:
        return
    assert all(isinstance(config, SignalConfig) for config in found.values())


def test_the_environment_names_a_file_and_python_goes_before_it(tmp_path, monkeypatch):
    path = written(tmp_path, "a: {compile: true}\nb: {compile: true}\n")
    monkeypatch.setenv("GRADLOOM_CONFIG", str(path))
    assert signals.get_signal_config("b") == SignalConfig(compile=True)
    signals.register_config("a", SignalConfig())
    assert signals.get_config().signals["a"] == SignalConfig()


def test_python_says_the_same_and_is_checked_the_same():
    signals.register_config("a", SignalConfig(ShardConfig(1, [0, 2])))
    assert signals.get_signal_config("a").shard.workers == (0, 2)
    with pytest.raises(ArgumentError, match="named twice"):
        ShardConfig(workers=[1, 1])
    with pytest.raises(ArgumentError, match="whole number"):
        ShardConfig(axis=1.5)
    with pytest.raises(ArgumentError, match="a SignalConfig is due"):
        signals.register_config("a", {"shard": None})
    with pytest.raises(ArgumentError, match="name is due, not 3"):
        signals.register_config(3, SignalConfig())
