"""The text that ships is whole, and is cut as stated."""

import hashlib
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.examples.characters import beginning, decoded, drawn, encoded, quarto, windows
from gradloom.ir.errors import ArgumentError

WHOLE = files("gradloom.examples.data").joinpath("quarto_1609.txt").read_text("ascii")
STANZAS = [stanza.split("\n") for stanza in WHOLE.rstrip("\n").split("\n\n")]


def test_the_text_is_the_one_that_its_page_describes() -> None:
    page = files("gradloom.examples.data").joinpath("QUARTO_1609.md").read_text()
    assert hashlib.sha256(WHOLE.encode("ascii")).hexdigest() in page
    assert f"{len(WHOLE):,} characters" in page
    assert f"{sum(map(len, STANZAS)):,} lines" in page
    assert f"{len(set(WHOLE))} different ones" in page


def test_there_are_154_sonnets_of_14_lines_but_for_two_and_47_stanzas_of_7() -> None:
    sonnets, complaint = STANZAS[:154], STANZAS[154:]
    uneven = {number: len(s) for number, s in enumerate(sonnets, start=1) if len(s) != 14}
    assert uneven == {99: 15, 126: 12}
    assert Counter(map(len, complaint)) == {7: 47}


def test_every_tenth_stanza_is_kept_for_the_test() -> None:
    text = quarto()
    test, train = (decoded(text.alphabet, part) for part in (text.test, text.train))
    assert test.startswith("\n".join(STANZAS[9]))
    assert test.count("\n\n") == 20
    assert not [s for s in STANZAS[9::10] if "\n".join(s) in train]
    assert len(train) + len(test) == len(WHOLE) + 1  # the last stanza ends with an empty line too


@given(st.text(quarto().alphabet))
def test_what_is_encoded_is_decoded(text: str) -> None:
    assert decoded(quarto().alphabet, encoded(quarto().alphabet, text)) == text


@pytest.mark.parametrize(
    ("begun", "told"),
    [("§", "has no '§'"), ("", "one character at least")],
    ids=["unknown", "empty"],
)
def test_a_beginning_that_is_none_is_an_error(begun: str, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        beginning(begun)


def test_windows_are_stretches_and_what_comes_next() -> None:
    stream = np.arange(100)
    x, y = windows(stream, 8, 50, np.random.default_rng(0))
    assert x.shape == y.shape == (50, 8)
    assert np.array_equal(y, x + 1)
    assert np.all(np.diff(x, axis=1) == 1)


def test_a_low_temperature_draws_the_likeliest() -> None:
    rng = np.random.default_rng(0)
    assert {drawn(np.array([0.0, 1.0, 0.5]), rng, 1e-3) for _ in range(20)} == {1}
    often = Counter(drawn(np.log([0.2, 0.8]), rng, 1.0) for _ in range(2000))
    assert abs(often[1] / 2000 - 0.8) < 0.05
