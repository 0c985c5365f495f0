import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.frontend.source import zoo
from tests.frontend.source.calls import Calls, fresh_module, renew, same, through_hook


def _of_textwrap(m: Any) -> list[Any]:
    text = Path(inspect.__file__).read_text()[:3000]
    wrapper = m.TextWrapper(width=31, initial_indent="* ", max_lines=5, drop_whitespace=False)
    return [
        m.wrap(text, 40), m.fill(text, 17, break_long_words=False), m.dedent(text),
        m.indent(text, "> "), m.shorten(text, 50), wrapper.wrap(text), vars(wrapper),
    ]  # fmt: skip


def _of_fractions(m: Any) -> list[Any]:
    F = m.Fraction
    a, b = F(3, 4), F("-7/12")
    return [
        str(x)
        for x in (
            a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b), a**3, a**-2, 2**a, -a, abs(b),
            round(a), round(b, 1), F(0.1).limit_denominator(100), F("1.25e-3"), a < b, a == 0.75,
            hash(a), float(b), int(b), F.from_float(0.5), a + 1, 1.5 * b, 1j + a, repr(a), +b,
        )
    ]  # fmt: skip


def _of_statistics(m: Any) -> list[Any]:
    data = [1.5, 2.0, 2.0, 7.25, 3.0, -1.0]
    normal = m.NormalDist(2.0, 3.0)
    return [
        m.mean(data), m.fmean(data), m.median(data), m.mode(data), m.multimode(data),
        m.stdev(data), m.pvariance(data), m.quantiles(data, n=5), m.median_grouped(data),
        m.correlation(data, data[::-1]), m.linear_regression(data, data[::-1]).slope,
        m.harmonic_mean([1, 2, 3]), m.geometric_mean([1, 2, 3]), normal.cdf(1.0),
        normal.inv_cdf(0.3), (normal + 3).mean, normal.overlap(m.NormalDist(1, 2)),
        repr(normal * 2), normal.quantiles(3),
    ]  # fmt: skip


def _of_heapq(m: Any) -> list[Any]:
    data = [(7 * k) % 31 for k in range(31)]
    heap = data.copy()
    m.heapify(heap)
    m.heappush(heap, -3)
    seen = [m.heappop(heap), m.heapreplace(heap, 50), m.heappushpop(heap, 2)]
    return [
        heap, seen, m.nlargest(5, data), m.nsmallest(5, data, key=lambda x: -x),
        list(m.merge([1, 4], [2, 3], key=lambda x: x)), list(m.merge([3, 1], [2], reverse=True)),
    ]  # fmt: skip


def _of_json_decoder(m: Any) -> list[Any]:
    m.c_scanstring = None
    m.scanstring = m.py_scanstring
    text = '{"a": [1, 2.5e3, true, null, "\\u00e9\\n"], "b": {"c": {}}}'
    decoder = m.JSONDecoder(object_pairs_hook=tuple)
    seen: list[Any] = [decoder.decode(text), decoder.raw_decode("[1] rest")]
    for wrong in ('{"a" 1}', "[1,]", '"\\q"', "[", '{"a": 1} x'):
        try:
            decoder.decode(wrong)
        except ValueError as error:
            seen.append((str(error), error.pos, error.lineno, error.colno))  # type: ignore[attr-defined]
    return seen


def _of_ast(m: Any) -> list[Any]:
    tree = m.parse(Path(zoo.__file__).read_text())
    return [
        m.unparse(tree), m.dump(tree, indent=1)[:5000], m.get_docstring(tree),
        m.literal_eval("{'a': [1, -2.5, (1 + 3j)]}"), sum(1 for _ in m.walk(tree)),
        m.dump(m.increment_lineno(m.parse("f(x)"), 3), include_attributes=True),
        m.get_source_segment("a = b + c", m.parse("a = b + c").body[0].value),
    ]  # fmt: skip


def _of_argparse(m: Any) -> list[Any]:
    parser = m.ArgumentParser(prog="p", description="what " * 30, epilog="end")
    parser.add_argument("--count", "-c", type=int, default=3, help="how many (%(default)s)")
    parser.add_argument("names", nargs="*", choices=["x", "y"], default="x")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--on", action="store_true")
    group.add_argument("--off", dest="on", action="store_false")
    commands = parser.add_argument_group("more").add_argument("-v", action="count")
    return [
        parser.format_help(), parser.format_usage(), commands.dest,
        vars(parser.parse_args(["--count=5", "x", "y", "-vv"])),
        vars(parser.parse_known_args(["-c1", "--on", "--other"])[0]), repr(parser),
    ]  # fmt: skip


MODULES: dict[str, Callable[[Any], list[Any]]] = {
    "textwrap": _of_textwrap,
    "fractions": _of_fractions,
    "statistics": _of_statistics,
    "heapq": _of_heapq,
    "json.decoder": _of_json_decoder,
    "ast": _of_ast,
    "argparse": _of_argparse,
}


@pytest.mark.parametrize("rewrite", [same, through_hook])
@pytest.mark.parametrize("name", list(MODULES))
def test_a_module_whose_every_function_is_made_anew_behaves_as_before(
    name: str, rewrite: Any
) -> None:
    expected = MODULES[name](fresh_module(name))
    module = fresh_module(name)
    hook = Calls()
    assert renew(module, rewrite, hook) >= 7
    assert MODULES[name](module) == expected
    assert hook.count > 20 or rewrite is same
