"""Texts of traced values: their types, and their numbers when a program prints them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.builtins import print_of


def test_texts_inside_print_become_numbers_at_every_run(capsys: Any) -> None:
    def f(x: Any) -> Any:
        print_of(f"loss {x.sum():.3f} of {{braces}}", x[0])
        print_of("%s and %r" % (x[1], x[1]), str(x[0]) + "!", [x[0], x[1]])  # noqa: UP031
        print_of(", ".join(f"{v:.1f}" for v in x))
        return x + 1

    compiled = gl.compile(f)
    for x in (np.array([1.0, 2.0]), np.array([3.0, 4.5])):
        compiled(x)
        assert capsys.readouterr().out.splitlines() == [
            f"loss {x.sum():.3f} of {{braces}} {x[0]}",
            f"{x[1]} and {x[1]} {x[0]}! [{x[0]}, {x[1]}]",
            ", ".join(f"{v:.1f}" for v in x),
        ]


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_formatted_numbers_are_printed_by_backends(backend: str, capsys: Any) -> None:
    pytest.importorskip(backend)
    compiled = gl.compile(lambda x: print_of(f"x = {x[0]:.2f}") or x * 2, backend=backend)
    compiled(np.array([1.125, 2.0]))
    assert "x = 1.12" in capsys.readouterr().out


def test_a_text_names_the_type_and_line_and_no_number() -> None:
    texts: list[str] = []

    def f(x: Any) -> Any:
        for v in (x[0], x[1]):
            texts.append(f"{v * 2:.3f}")  # noqa: PERF401
        return x

    gl.trace(f, np.array([1.0, 2.0]))
    assert [t.replace(", #2", "") for t in texts] == [texts[0]] * 2
    assert texts[0].startswith("<traced f64[] from test_shown.py:")
    assert texts[1].endswith(", #2>")


def test_values_of_an_outer_trace_are_printed_by_the_inner_program(capsys: Any) -> None:
    def f(x: Any) -> Any:
        def inner(y: Any) -> Any:
            print_of(f"{x[0]:.1f}")
            return y * x[0]

        return gl.grad(inner)(x[1])

    assert gl.compile(f)(np.array([2.0, 3.0])) == 2.0
    assert "2.0" in capsys.readouterr().out


def test_plain_values_are_printed_at_once(capsys: Any) -> None:
    gl.trace(lambda x: print_of("n", 3, end="") or x, 1.0)
    print_of(f"{1.5:.2f}", sep="")
    assert capsys.readouterr().out == "n 31.50\n"
