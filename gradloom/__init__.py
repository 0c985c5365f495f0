"""gradloom: plain numpy programs as graphs that you can read, transform and run anywhere.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> def loss(w, x):
    ...     return np.sum(np.tanh(x @ w) ** 2)
    >>> g = gl.grad(loss)(np.ones((3, 2)), np.ones((4, 3)))
    >>> g.shape
    (3, 2)

Every name is loaded when first used; importing gradloom loads numpy and little else.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gradloom.ir import hooks

__version__ = "0.1.0"

hooks.fill({
    "jvp": "gradloom.passes.linearize:jvp",
    "split": "gradloom.passes.linearize:split",
    "transpose_linear": "gradloom.passes.transpose:transpose_linear",
    "vmap": "gradloom.passes.batch:vmap",
    "without_asserts": "gradloom.passes.asserts:without_asserts",
    "cost": "gradloom.passes.cost:cost",
    "call": "gradloom.frontend.run:call_graph",
    "dim_divide": "gradloom.frontend.numpy.operators:divide",
    "ufunc": "gradloom.frontend.numpy.ufuncs:call_ufunc",
    "to_dot": "gradloom.viz.picture:graph_dot",
    "show": "gradloom.viz.picture:show",
    "mimebundle": "gradloom.viz.picture:mimebundle",
    "dag_view": "gradloom.viz.lazy.view:view",
    "dag_document": "gradloom.viz.lazy.document:document",
    "dag_path": "gradloom.viz.lazy.view:path_of",
    "dag_attributes": "gradloom.viz.lazy.looks:attributes_of",
    "rich": "gradloom.viz.picture:graph_rich",
})  # fmt: skip

_NAMES: dict[str, str] = {
    # trace and read
    "trace": "gradloom.frontend.program:trace",
    "spec": "gradloom.frontend.spec:spec",
    "ShapeDtypeStruct": "gradloom.frontend.spec:ShapeDtypeStruct",
    "Graph": "gradloom.ir.graph:Graph",
    "parse": "gradloom.ir.parse:parse",
    "save": "gradloom.ir.files:save",
    "load": "gradloom.ir.files:load",
    "optimize": "gradloom.frontend.program:optimize",
    "eval_shape": "gradloom.frontend.program:eval_shape",
    "summary": "gradloom.frontend.program:summary",
    # transform
    **{
        name: f"gradloom.frontend.transforms:{name}"
        for name in (
            "grad", "value_and_grad", "elementwise_grad", "vjp", "jvp", "linearize", "jacfwd",
            "jacrev", "jacobian", "hessian", "hvp", "vmap", "checkpoint", "stop_gradient",
        )
    },
    "custom_jvp": "gradloom.frontend.custom:custom_jvp",
    "custom_vjp": "gradloom.frontend.custom:custom_vjp",
    **{
        name: f"gradloom.frontend.flow:{name}"
        for name in ("cond", "while_loop", "fori_loop", "scan")
    },
    # run
    "compile": "gradloom.frontend.compile:compile",
    **{
        name: f"gradloom.frontend.native:{name}" for name in ("to_torch", "to_jax", "to_tensorflow")
    },
    "device": "gradloom.frontend.devices:device",
    "devices": "gradloom.frontend.devices:devices",
    "register_op": "gradloom.frontend.own:register_op",
    "register_backend": "gradloom.backends:register_backend",
    "random": "gradloom.frontend.random",
    # ship
    "export": "gradloom.frontend.export",
    "from_onnx": "gradloom.frontend.export:from_onnx",
    # the notation
    "notation": "gradloom.frontend.notation",
    "load_ipython_extension": "gradloom.frontend.notation.shell:load",
    "unload_ipython_extension": "gradloom.frontend.notation.shell:unload",
    # models
    "nn": "gradloom.frontend.nn",
    "params": "gradloom.frontend.params.tree:params",
    "ParamDict": "gradloom.frontend.params.tree:ParamDict",
    "param_values": "gradloom.frontend.params.tree:param_values",
    **{
        name: f"gradloom.frontend.params.roles:{name}"
        for name in ("frozen", "buffer", "tied", "on_device", "on_cpu")
    },
    **{
        name: f"gradloom.frontend.params.files:{name}" for name in ("save_params", "load_params")
    },
    "optim": "gradloom.frontend.optim",
    "training": "gradloom.frontend.training",
    "metrics": "gradloom.frontend.training.metrics",
    "train": "gradloom.frontend.training:train",
    "fit": "gradloom.frontend.training:fit",
    "data": "gradloom.frontend.data",
    # understand
    **{name: f"gradloom.frontend.understand:{name}" for name in ("diverge", "find_nan", "profile")},
    "plan_memory": "gradloom.passes.remat:plan_memory",
    # a lazy DAG of Python functions
    "dag": "gradloom.frontend.dag",
    # a cluster
    "cluster": "gradloom.runtime.launch:cluster",
    "connect": "gradloom.runtime.launch:connect",
    "eager": "gradloom.eager",
    # pictures
    "viz": "gradloom.viz",
    # another namespace
    "array_api": "gradloom.array_api",
    # errors
    **{
        name: f"gradloom.ir.errors:{name}"
        for name in (
            "GradloomError", "TraceError", "LeakedTracer", "ValueNeeded", "ShapeError",
            "IndexOutOfRange", "AxisOutOfRange", "DtypeError", "ArgumentError", "NumberOutOfRange",
            "MatrixError", "CallError", "NotDifferentiable", "NotSupported", "StillToCome",
            "NotFinite", "VerifyError", "ParseError", "FileError", "FileMissing", "FileUnwritable",
            "PipelineError", "BudgetError", "BackendMissing", "Cancelled", "WorkerLost",
            "RemoteError",
        )
    },
    "BakedSample": "gradloom.frontend.random.sources:BakedSample",
    "Retracing": "gradloom.frontend.compile:Retracing",
}  # fmt: skip


_TO_COME: dict[str, str] = {
    **dict.fromkeys(("sparse_jacobian", "sparse_hessian"), "sparse derivatives by graph colouring"),
    "fit_memory": "fitting a program to a memory budget "
    "(today: gl.optimize(g, 'default,remat(budget=512MiB)'))",
    **dict.fromkeys(
        ("mesh", "shard", "Shard", "Replicate", "Partial"),
        "sharding by named meshes (today: gradloom.passes.sharding)",
    ),
}
"""Public names whose part is still to come, and what it is."""


def __getattr__(name: str) -> Any:
    if name in _TO_COME:
        from gradloom.ir.errors import StillToCome

        raise StillToCome(
            f"gl.{name} is still to come: {_TO_COME[name]}", hint="docs/roadmap.md says when"
        )
    if name not in _NAMES:
        raise AttributeError(f"gradloom has no name {name!r}")
    module, _, attribute = _NAMES[name].partition(":")
    found = import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])
