from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.frontend.notation.test_program import value

STEPS: dict[str, Callable[[int], int]] = {
    "$ + 1": lambda v: v + 1,
    "10 - $": lambda v: 10 - v,
    "abs": abs,
    "$x * $x - $x": lambda v: v * v - v,
    "f[$ * 2]": lambda v: v * 2,
    "abs($)": abs,
    "(abs .> f[$ + 3])": lambda v: abs(v) + 3,
    "f[$ - 1] .** 3": lambda v: v - 3,
    "fork[$, $ + 1] *|> $a - $b * 2": lambda v: v - (v + 1) * 2,
    "f{ a = $ + 1; a * a }": lambda v: (v + 1) ** 2,
    "f{\n    r = 7\n    if $ > 0:\n        r = $\n    r\n}": lambda v: v if v > 0 else 7,
    "[$, 5] |> max": lambda v: max(v, 5),
    "divmod($, 4) |> $[1]": lambda v: v % 4,
    "(lambda v: -v)": lambda v: -v,
    "do[str]": lambda v: v,
}  # fmt: skip
SPELLINGS = (
    "{x} |> {steps}",
    "($ |> {steps})({x})",
    "f[$ |> {steps}]({x})",
    "(|> {x} |> {steps})()",
    "[{x}] |> map[$ |> {steps}] |> $[0]",
    "{x} |> f{{\n    v = ($ |> {steps})\n    v\n}}",
    "({x}\n  |> {steps})",
    "(lambda q: q |> {steps})({x})",
)


@given(
    st.integers(-20, 20),
    st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5),
    st.sampled_from(SPELLINGS),
)
def test_a_pipeline_is_its_functions_one_after_the_other(
    x: int, steps: list[str], spelling: str
) -> None:
    program = spelling.format(x=f"({x})", steps=" |> ".join(steps))
    expected = x
    for step in steps:
        expected = STEPS[step](expected)
    assert value(program) == expected


@given(st.integers(0, 6), st.integers(-5, 5))
def test_a_function_s_power_is_itself_so_many_times(n: int, x: int) -> None:
    assert value(f"{x} |> f[$ * 2 + 1] .** {n}") == 2**n * x + 2**n - 1


@given(st.lists(st.integers(), min_size=1, max_size=4))
def test_names_are_given_by_place_through_tuples(values: list[int]) -> None:
    names = [f"$n{i}" for i in range(len(values))]
    back = ", ".join(reversed(names))
    given = repr(tuple(values))
    made = value(f"{given} *|> ({', '.join(names)},) *|> ({back},)")
    assert made == tuple(reversed(values))
