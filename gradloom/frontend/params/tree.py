"""The tree of parameters: a mapping with attributes, a pytree, and a scope of names."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from typing import Any, final

import numpy as np
import optree

from gradloom.frontend.growing import NAMESPACE
from gradloom.frontend.opened import OPENED, Row
from gradloom.frontend.params import scopes
from gradloom.frontend.params.ambient import SCOPES, Scope
from gradloom.frontend.params.building import build
from gradloom.frontend.params.layout import Branch, Slot
from gradloom.frontend.params.roles import Param
from gradloom.frontend.params.store import Store
from gradloom.ir.errors import ArgumentError, MissingKey, NoAttribute, TraceError


@final
class ParamDict(Mapping[str, Any]):
    """Parameters by name; make one with `gl.params`.

    `weights.w` and `weights["w"]` are arrays, or trees of them. It is a pytree whose leaves are the
    arrays, tied ones once; derivatives leave out what is frozen.
    """

    __slots__ = ("__weakref__", "_form", "_store")

    _form: Branch
    _store: Store

    def __init__(self, *args: Any, **named: Any) -> None:
        made = params(*args, **named)
        _set(self, made._form, made._store)

    # ---- a mapping with attributes ---------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        found = self._form.child(key)
        if found is None:
            raise MissingKey(f"there is no parameter {key!r}", hint=_offered(self._form))
        return read(found, self._store)

    def __getattr__(self, name: str) -> Any:
        if name in ParamDict.__slots__:  # of a tree that is not made yet
            raise AttributeError(name)
        found = self._form.child(name)
        if found is None:
            raise NoAttribute(f"there is no parameter {name!r}", hint=_offered(self._form))
        return read(found, self._store)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write numbers of the same shape into the array, or the arrays, that stand here; so
        `weights.w -= 0.1 * g` changes them in place. Names are not added (`MissingKey`).
        """
        if self[key] is not value:
            from gradloom.frontend.params.stepping import put

            put(self, key, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, name) is not value:
            self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._form.keys)

    def __len__(self) -> int:
        return len(self._form.keys)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *[k for k in self._form.keys if isinstance(k, str)]]

    def __eq__(self, other: object) -> bool:
        if type(other) is not ParamDict:
            return NotImplemented
        pairs = zip(values_of(self), values_of(other), strict=False)
        return self._form.alone == other._form.alone and all(_same(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]  # as a dict: equal trees may change apart

    # ---- a scope of names ------------------------------------------------------------------------

    def __enter__(self) -> ParamDict:
        """Make every name of the top readable as a global of the caller's module, in this thread or
        task only.
        """
        scopes.enter(sys._getframe(1).f_globals, self.names, self)
        return self

    def __exit__(self, *error: object) -> None:
        for scope in reversed(SCOPES.get()):
            if _is_of(scope, self):
                scopes.leave(scope)
                return
        raise TraceError(
            "a `with weights:` block is left in another thread or task than it was entered in"
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of the top that are identifiers, as `with weights:` offers them."""
        return frozenset(
            k for k in self._form.keys
            if isinstance(k, str) and k.isidentifier() and not iskeyword(k)
        )  # fmt: skip

    # ---- other trees of the same form ------------------------------------------------------------

    def copy(self) -> ParamDict:
        """The same parameters with arrays of their own."""
        return tree_of(self._form.alone, [np.array(x) for x in values_of(self)])

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> ParamDict:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return params, (self.as_spec(),)

    def astype(self, dtype: Any) -> ParamDict:
        """A copy whose floats are of this dtype: "f32", "bf16", `np.float64`; integers stay."""
        from gradloom.frontend.params.casting import cast

        return cast(self.copy(), dtype)  # type: ignore[no-any-return]  # the same kind of tree

    def assign(self, tree: Any) -> None:
        """Write the numbers of another such tree into these arrays, frozen ones too: all of them,
        or none where the trees differ (`ShapeError`, with the path).
        """
        from gradloom.frontend.params.stepping import assign

        assign(self, tree)

    def as_spec(self) -> dict[str, Any]:
        """What `gl.params` makes such a tree of: nested values with their roles."""
        key = object()  # ties of this tree are no other's
        return _spec(self._form, self._store.now(), key)  # type: ignore[no-any-return]  # a dict

    # ---- as text ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        from gradloom.frontend.params.shown import text_of

        return text_of(self)

    def summary(self) -> Any:
        """A table of paths, types, bytes and roles; `.total`, `.trained` and `.nbytes` sum up.

        >>> import numpy as np
        >>> print(params(w=np.ones((3, 2)), b=np.ones(2)).summary())
        parameter  type                   elements          bytes  role
        w          f64[3,2]                      6             48  trained
        b          f64[2]                        2             16  trained
        total                                    8             64
        trained: 8 of 8 elements
        """
        from gradloom.frontend.params.shown import table_of

        return table_of(self)

    def _repr_html_(self) -> str:
        return str(self.summary()._repr_html_())

    # ---- training --------------------------------------------------------------------------------

    def update_buffers(self, values: Any = None, /, **named: Any) -> None:
        """Change buffers in place: a (nested) dict of new values, or values by name."""
        from gradloom.frontend.params.stepping import update_buffers

        given = {} if values is None else values
        update_buffers(self, {**given, **named} if isinstance(given, Mapping) else given)

    def step(self, grads: Any, optimizer: Any) -> None:
        """Change the trained arrays in place; see `stepping.step`."""
        from gradloom.frontend.params.stepping import step

        step(self, grads, optimizer)

    def to_torch_module(self, forward: Any, dtype: Any = None) -> Any:
        """A `torch.nn.Module` with these parameters, which torch trains: `forward(*inputs)` reads
        them as an objective does. Frozen ones and buffers are the module's buffers;
        `.to_params()` gives the numbers back.
        """
        from gradloom.frontend.params.modules import to_torch_module

        return to_torch_module(self, forward, dtype)

    def grad(
        self,
        objective: Any,
        *args: Any,
        backend: Any = None,
        jit: bool = False,
        dtype: Any = None,
        has_aux: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        """`(value, gradients)` of `objective(*args, **kwargs)`; see `derivative.grad`."""
        from gradloom.frontend.params.derivative import Way, grad

        way = Way(backend, jit, dtype, has_aux)
        return grad(self, objective, args, kwargs, way)


def _set(tree: ParamDict, form: Branch, store: Store) -> None:
    object.__setattr__(tree, "_form", form)
    object.__setattr__(tree, "_store", store)


def params(spec: Any = None, /, **named: Any) -> ParamDict:
    """Parameters from a tree of values, or from named values: arrays, numbers, and nested dicts,
    lists, tuples and registered pytrees of them.

    Arrays are copied. `gl.frozen(v)` is never trained, `gl.buffer(v)` is changed by
    `update_buffers` alone, `gl.tied(key, v)` is one array under several names. Integers train only
    when they are frozen or buffers (`DtypeError`).

    >>> import numpy as np, gradloom as gl
    >>> weights = gl.params(w=np.ones((2, 1)), b=gl.frozen(np.zeros(1)))
    >>> def loss(x):
    ...     return np.sum((x @ w + b) ** 2)
    >>> value, grads = weights.grad(loss, np.ones((1, 2)))
    >>> float(value), grads.w.ravel(), grads.b
    (4.0, array([4., 4.]), None)
    """
    if type(spec) is ParamDict:  # whose roles and ties stay
        spec = spec.as_spec()
    given = dict(spec) if isinstance(spec, Mapping) else spec
    if given is None:
        given = {}
    elif not isinstance(given, dict):
        raise ArgumentError(
            f"params takes a dict of values, and got {type(spec).__name__}",
            hint="name it: gl.params(w=...)",
        )
    twice = [name for name in named if name in given]
    if twice:
        raise ArgumentError(f"params: {twice[0]!r} is given twice")
    form, values, sources = build({**given, **named})
    made = tree_of(form, values)
    made._store.remember_sources(sources)
    return made


def param_values(tree: Any) -> Any:
    """The arrays of parameters as plain dicts, lists and tuples; any other tree as it is.

    >>> param_values(params(a=1.0, blocks=[{"w": 2.0}]))
    {'a': array(1.), 'blocks': [{'w': array(2.)}]}
    """
    if type(tree) is ParamDict:
        return {key: param_values(tree[key]) for key in tree}
    if type(tree) in (list, tuple):
        return type(tree)(map(param_values, tree))
    return tree


def _spec(node: Slot | Branch, values: list[Any], key: Any) -> Any:
    if isinstance(node, Slot):
        tie = (key, node.index)
        return Param(values[node.index], node.trainable, node.mutable, tie, node.device)
    children = [_spec(child, values, key) for child in node.children]
    if node.kind is dict:
        return dict(zip(node.keys, children, strict=True))
    return node.kind(children) if node.meta is None else node.meta(children)


def tree_of(form: Branch, values: list[Any]) -> ParamDict:
    """A tree of this form on these values."""
    made = object.__new__(ParamDict)
    _set(made, form, Store(values))
    return made


def read(node: Slot | Branch, store: Store) -> Any:
    """What stands at a place of the tree: an array, a view of a part, or a structure of these."""
    if isinstance(node, Slot):
        return store.now()[node.index]
    if node.kind is dict:
        made = object.__new__(ParamDict)
        _set(made, node, store)
        return made
    children = [read(child, store) for child in node.children]
    return node.kind(children) if node.meta is None else node.meta(children)


def values_of(tree: ParamDict) -> list[Any]:
    """The arrays of the tree, tied ones once."""
    now = tree._store.now()
    return [now[slot.index] for slot in tree._form.owners]


def form_of(tree: ParamDict) -> Branch:
    """The form of the tree."""
    return tree._form


def store_of(tree: ParamDict) -> Store:
    """What holds the tree's arrays."""
    return tree._store


def _offered(form: Branch) -> str:
    return f"its names are {', '.join(map(str, form.keys))}" if form.keys else "it is empty"


def _is_of(scope: Scope, tree: ParamDict) -> bool:
    owner = scope.owner
    return type(owner) is ParamDict and owner._store is tree._store and owner._form is tree._form


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return bool(
        np.shape(a) == np.shape(b)
        and np.result_type(a) == np.result_type(b)
        and np.array_equal(a, b)
    )


# ---- what a walk over a function's surroundings sees ---------------------------------------------


def _rows(tree: ParamDict) -> list[Row] | None:
    """The form and the arrays; nothing where the arrays are arguments of what is traced."""
    if tree._store.is_given:
        return None
    values = tree._store.values
    return [
        ("._form", " as a tree", tree._form),
        *((f"._store.values[{s.index}]", f".{s.path}", values[s.index]) for s in tree._form.owners),
    ]


OPENED[ParamDict] = _rows


# ---- a pytree ------------------------------------------------------------------------------------


def _flat(tree: ParamDict) -> tuple[list[Any], Branch, tuple[str, ...]]:
    form = tree._form.alone
    return values_of(tree), form, form.entries


def _rebuilt(form: Branch, children: Any) -> ParamDict:
    return tree_of(form, list(children))


optree.register_pytree_node(ParamDict, _flat, _rebuilt, namespace=NAMESPACE)  # type: ignore[arg-type]
