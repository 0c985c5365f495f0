"""Ways out, each run in a process that cannot import gradloom, at batches that no one traced."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.frontend import export
from gradloom.frontend.flow import scan
from gradloom.frontend.signature import flatten
from gradloom.frontend.spec import spec
from gradloom.frontend.transforms import grad, hessian
from gradloom.ir.errors import BackendMissing, FileError, GradloomError, NotSupported
from gradloom.ir.graph import Graph

RNG = np.random.default_rng(0)
PARAMS = {"w1": RNG.normal(size=(3, 5)), "b1": RNG.normal(size=5), "w2": RNG.normal(size=(5, 2))}


def forward(params: Any, x: Any) -> Any:
    return np.tanh(x @ params["w1"] + params["b1"]) @ params["w2"]


def loss(params: Any, x: Any, y: Any) -> Any:
    return np.mean((forward(params, x) - y) ** 2)


def energy(v: Any, x: Any) -> Any:
    return np.sum(np.sin(x @ v) ** 2) / x.shape[0]


def spread(x: Any) -> Any:
    centred = x - np.mean(x, axis=0)
    return np.where(centred > 0, centred, 0.1 * centred), np.concatenate([x, x])


@dataclass(frozen=True)
class Case:
    """A function, its arguments for the export, and those of one size for a run."""

    f: Callable[..., Any]
    args: tuple[Any, ...]
    make: Callable[[int], tuple[Any, ...]]


def _batch(size: int, width: int) -> np.ndarray:
    return np.random.default_rng(size).normal(size=(size, width))


X, Y, V = spec("f64[batch, 3]"), spec("f64[batch, 2]"), RNG.normal(size=3)
CASES = {
    "forward": Case(forward, (PARAMS, X), lambda n: (PARAMS, _batch(n, 3))),
    "gradient": Case(
        grad(loss), (PARAMS, X, Y), lambda n: (PARAMS, _batch(n, 3), _batch(n + 1, 2)[:n])
    ),
    "hessian": Case(hessian(energy), (V, X), lambda n: (V, _batch(n, 3))),
    "spread": Case(spread, (X,), lambda n: (_batch(n, 3),)),
}
SIZES = (1, 7)

_HEAD = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "gradloom":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
try:
    import gradloom
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("gradloom can be imported here")
import numpy as np
def check(name, run):
    for size in {sizes}:
        data = np.load(f"{{name}}_{{size}}.npz")
        given = [data[f"in{{i}}"] for i in range(int(data["inputs"]))]
        due = [data[f"out{{i}}"] for i in range(int(data["outputs"]))]
        found = run(given)
        assert len(found) == len(due), (name, len(found), len(due))
        for a, b in zip(found, due):
            a = np.asarray(a)
            assert a.dtype == b.dtype and a.shape == b.shape, (name, a.dtype, a.shape, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    print("same", name)
"""


def _run_alone(folder: Path, body: str) -> None:
    """Write what every case is to give, and run `body` in a process of its own, without
    gradloom.
    """
    for name, case in CASES.items():
        for size in SIZES:
            args = case.make(size)
            given, due = flatten(args)[0], flatten(case.f(*args))[0]
            arrays = {f"in{i}": x for i, x in enumerate(given)}
            arrays |= {f"out{i}": x for i, x in enumerate(due)}
            np.savez(folder / f"{name}_{size}.npz", inputs=len(given), outputs=len(due), **arrays)
    script = folder / "alone.py"
    script.write_text(_HEAD.format(sizes=SIZES) + body)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", script.name],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == [word for name in CASES for word in ("same", name)]


@pytest.mark.framework
def test_onnx_files_run_by_onnxruntime_alone(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for name, case in CASES.items():
        export.onnx(case.f, case.args, tmp_path / f"{name}.onnx")
    _run_alone(
        tmp_path,
        f"""
import onnxruntime as ort
for name in {list(CASES)}:
    session = ort.InferenceSession(name + ".onnx", providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    check(name, lambda given: session.run(None, dict(zip(names, given))))
""",
    )


@pytest.mark.framework
def test_torchscript_files_run_by_torch_alone(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for name, case in CASES.items():
        export.torchscript(case.f, case.args, tmp_path / f"{name}.pt")
    _run_alone(
        tmp_path,
        f"""
import torch
def run(module, given):
    made = module(*[torch.from_numpy(x) for x in given])
    return [t.numpy() for t in (made if isinstance(made, tuple) else (made,))]
for name in {list(CASES)}:
    module = torch.jit.load(name + ".pt")
    check(name, lambda given: run(module, given))
""",
    )


_NATIVE = {
    "numpy": ("x", "np.asarray(t)"),
    "torch": ("torch.from_numpy(x)", "t.numpy()"),
    "jax": ("jnp.asarray(x)", "np.asarray(t)"),
    "tensorflow": ("tf.constant(x)", "t.numpy()"),
}


@pytest.mark.parametrize(
    "backend",
    [b if b == "numpy" else pytest.param(b, marks=pytest.mark.framework) for b in _NATIVE],
)
def test_stand_alone_source_runs_alone(tmp_path: Path, backend: str) -> None:
    pytest.importorskip(backend)
    for name, case in CASES.items():
        (tmp_path / f"{name}.py").write_text(export.source(case.f, case.args, backend))
    into, out = _NATIVE[backend]
    _run_alone(
        tmp_path,
        f"""
for name in {list(CASES)}:
    program = {{}}
    exec(open(name + ".py").read(), program)
    def run(given, program=program):
        program.update(np=np)
        scope = dict(program)
        return [{out} for t in program["main"](*[eval({into!r}, scope, dict(x=x)) for x in given])]
    check(name, run)
""",
    )


@pytest.mark.framework
def test_a_saved_model_runs_by_tensorflow_alone(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    names = {name: _input_names(case) for name, case in CASES.items()}
    for name, case in CASES.items():
        export.saved_model(case.f, case.args, tmp_path / name)
    _run_alone(
        tmp_path,
        f"""
import tensorflow as tf
names = {names}
def run(signature, keys, given):
    made = signature(**{{k: tf.constant(x) for k, x in zip(keys, given)}})
    order = sorted(made, key=lambda k: int(k.removeprefix("result") or 0))
    return [made[k].numpy() for k in order]
for name, keys in names.items():
    model = tf.saved_model.load(name)
    signature = model.signatures["serving_default"]
    check(name, lambda given: run(signature, keys, given))
""",
    )


def _input_names(case: Case) -> list[str]:
    return [p.name for p in export.graph_for(case.f, case.args).parameters]


@pytest.mark.framework
def test_a_gaussian_process_gradient_and_a_recurrence_are_exported(tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")

    def evidence(scale: Any, x: Any, y: Any) -> Any:
        gap = (x[:, None] - x[None, :]) / np.exp(scale)
        low = np.linalg.cholesky(np.exp(-0.5 * gap * gap) + 0.1 * np.eye(6))
        white = np.linalg.solve(low, y)
        return 0.5 * white @ white + np.sum(np.log(np.diagonal(low)))

    def recurrence(w: Any, xs: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            made = np.tanh(x @ w + h)
            return made, made

        return np.sum(scan(step, np.zeros(3), xs)[1])

    line = RNG.normal(size=(2, 6))
    weights, steps = RNG.normal(size=(4, 3)), RNG.normal(size=(9, 4))
    programs = [
        (grad(evidence), (np.array(0.3), *line), (np.array(0.3), *line)),
        (grad(recurrence), (weights, spec("f64[t, 4]")), (weights, steps)),
    ]
    for f, args, given in programs:
        export.onnx(f, args, tmp_path / "m.onnx")
        session = ort.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
        (found,) = session.run(
            None, dict(zip([i.name for i in session.get_inputs()], given, strict=True))
        )
        np.testing.assert_allclose(found, f(*given), rtol=1e-10)


@pytest.mark.framework
def test_a_folder_of_the_users_is_never_replaced(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(FileError, match="did not write"):
        export.saved_model(spread, (X,), tmp_path / "mine")
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


def test_inputs_are_named_after_the_arguments() -> None:
    assert _input_names(CASES["gradient"]) == ["params_b1", "params_w1", "params_w2", "x", "y"]


@pytest.mark.framework
def test_a_torch_module_trains_the_users_weights() -> None:
    torch = pytest.importorskip("torch")
    module = export.torch_module(forward, (X,), params=PARAMS)
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == {
        "weights.b1": (5,), "weights.w1": (3, 5), "weights.w2": (5, 2),
    }  # fmt: skip
    x, y = _batch(4, 3), _batch(4, 2)
    out = module(torch.from_numpy(x))
    np.testing.assert_allclose(out.detach().numpy(), forward(PARAMS, x), rtol=1e-12)
    ((out - torch.from_numpy(y)) ** 2).mean().backward()
    due = grad(loss)(PARAMS, x, y)
    for name, p in module.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), due[name.removeprefix("weights.")], rtol=1e-10)


@pytest.mark.framework
@pytest.mark.parametrize("size", [2, 9])
def test_an_exported_program_keeps_the_batch_dynamic(size: int) -> None:
    torch = pytest.importorskip("torch")
    case = CASES["gradient"]
    program = export.exported_program(case.f, case.args).module()
    args = case.make(size)
    found = program(*[torch.from_numpy(x) for x in flatten(args)[0]])
    for a, b in zip(found, flatten(case.f(*args))[0], strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b, rtol=1e-10)


@pytest.mark.framework
def test_stablehlo_keeps_the_batch_symbolic_and_64_bits() -> None:
    pytest.importorskip("jax")
    text = export.stablehlo(CASES["gradient"].f, CASES["gradient"].args)
    assert "tensor<?x3xf64>" in text
    assert "stablehlo.tanh" in text


@pytest.mark.framework
def test_an_onnx_export_reads_back_as_a_graph(tmp_path: Path) -> None:
    pytest.importorskip("onnx_ir")
    case = CASES["gradient"]
    export.onnx(case.f, case.args, tmp_path / "g.onnx")
    graph = export.from_onnx(tmp_path / "g.onnx")
    assert isinstance(graph, Graph)
    assert graph.symbols == ("batch",)
    args = case.make(5)
    for a, b in zip(graph(*flatten(args)[0]), flatten(case.f(*args))[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_graph_is_exported_as_it_is() -> None:
    graph = export.graph_for(forward, (PARAMS, X))
    text = export.source(graph, ())
    assert text.startswith('"""forward: emitted by gradloom for numpy."""')
    assert "#   params_w1: f64[3,5]" in text
    assert "gradloom" not in text.partition("import")[2]


def test_a_program_that_looks_at_values_is_no_export() -> None:
    def choosy(x: Any) -> Any:
        return x[: int(x[0])]

    with pytest.raises(GradloomError):
        export.source(choosy, (np.ones(1),))


def test_a_backend_that_there_is_not_is_refused() -> None:
    with pytest.raises(NotSupported, match="backend called"):
        export.source(forward, (PARAMS, X), backend="fortran")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.startswith("gradloom.backends.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx_ir", None)
    with pytest.raises(BackendMissing, match="onnx_ir"):
        export.onnx(forward, (PARAMS, X), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
