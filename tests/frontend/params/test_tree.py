"""Trees of parameters: attributes, roles, ties, gradients, steps."""

import copy
import pickle

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import ArgumentError, DtypeError, MissingKey, NoAttribute, ShapeError


def small() -> object:
    return gl.params(
        w=np.ones((3, 2)),
        b=gl.frozen(np.zeros(2)),
        emb=gl.tied("e", np.full(2, 2.0)),
        head=gl.tied("e", np.full(2, 2.0)),
        blocks=[{"a": np.ones(2)}, {"a": np.full(2, 3.0)}],
    )


def test_names_are_attributes_and_keys_at_every_depth() -> None:
    weights = small()
    assert weights.w is weights["w"]
    assert weights.blocks[1].a[0] == weights["blocks"][1]["a"][0] == 3.0
    assert list(weights) == ["w", "b", "emb", "head", "blocks"]
    with pytest.raises(NoAttribute, match="no parameter 'missing'"):
        _ = weights.missing
    with pytest.raises(MissingKey, match="no parameter 'missing'"):
        weights["missing"]


def test_the_gradient_of_a_tied_array_is_the_sum_over_its_places() -> None:
    weights = small()
    value, grads = weights.grad(
        lambda p: np.sum(p.emb * 3 + p.head**2),
    )
    assert value == 20.0
    np.testing.assert_array_equal(grads.emb, [7.0, 7.0])
    assert grads.emb is grads.head
    assert grads.b is None


def test_a_step_changes_arrays_in_place_and_tied_ones_once() -> None:
    weights = small()
    before = weights.emb
    _, grads = weights.grad(lambda p: np.sum(p.emb * 3 + p.head**2))
    weights.step(grads, 0.1)
    assert weights.emb is before is weights.head
    np.testing.assert_allclose(before, 1.3)
    np.testing.assert_array_equal(weights.b, 0.0)


def test_an_integer_does_not_train() -> None:
    with pytest.raises(DtypeError, match="'n' is i64, which has no derivative"):
        gl.params(n=3)
    assert gl.params(n=gl.frozen(3)).n == 3


def test_ties_to_nothing_and_to_other_shapes_are_refused() -> None:
    with pytest.raises(ArgumentError, match="'a' is tied to 'nobody'"):
        gl.params(a=gl.tied["nobody"])
    with pytest.raises(ShapeError, match=r"'b'.*is tied to 'a'"):
        gl.params(a=gl.tied("k", np.ones(2)), b=gl.tied("k", np.ones(3)))


def test_an_objective_that_is_no_scalar_is_refused() -> None:
    with pytest.raises(ShapeError, match="scalar"):
        small().grad(lambda p: p.w)


def test_nested_parameters_modules_and_marks_on_whole_trees() -> None:
    inner = gl.params(w=np.ones(2), h=gl.tied["w"], b=gl.frozen(0.5))
    weights = gl.params(enc=inner, old=gl.frozen(inner), lin=gl.nn.Linear(2, 1, key=0))
    assert weights.enc.w is weights.enc.h is not weights.old.w
    _, grads = weights.grad(lambda p: np.sum(p.lin(p.enc.h * p.old.w)) * p.enc.b)
    assert grads.old.w is grads.old.b is grads.enc.b is None
    np.testing.assert_allclose(grads.enc.w, 0.5 * weights.lin.w[:, 0])
    np.testing.assert_allclose(grads.lin.w[:, 0], 0.5)
    assert weights.summary().trained == 2 + 2 + 1
    assert weights.copy() == weights
    assert weights.enc == inner


def test_ties_by_path_by_array_and_by_key_are_one_array() -> None:
    table = np.ones((2, 2))
    weights = gl.params(a=table, b=gl.tied[table], c=gl.tied["d"], d=gl.tied("k", np.zeros(1)),
                        e=gl.tied("k"), f=np.ones((2, 2)))  # fmt: skip
    assert weights.a is weights.b is not weights.f
    assert weights.c is weights.d is weights.e
    assert weights.a is not table  # the caller's array stays the caller's


def test_buffers_change_by_update_alone_and_all_or_none() -> None:
    weights = gl.params(
        mean=gl.buffer(np.zeros(2)), n=gl.buffer(0), w=np.ones(2), sub={"m": gl.buffer(1.0)}
    )
    mean = weights.mean
    weights.update_buffers({"mean": [1.0, 2.0], "sub": {"m": 3}}, n=5)
    np.testing.assert_array_equal(mean, [1.0, 2.0])
    assert (weights.n, weights.sub.m) == (5, 3.0)
    for bad, error in (({"w": np.zeros(2)}, ArgumentError), ({"x": 1}, MissingKey),
                       ({"n": 1.5}, DtypeError), ({"n": [1, 2]}, ShapeError)):  # fmt: skip
        with pytest.raises(error, match="update_buffers"):
            weights.update_buffers({"mean": [9.0, 9.0], **bad})
        np.testing.assert_array_equal(mean, [1.0, 2.0])


def test_optimizers_step_in_place_and_leave_frozen_parameters() -> None:
    weights = gl.params(w=np.ones(2), sub={"v": np.ones(1)}, b=gl.frozen(np.ones(2)))
    tree = {"w": np.ones(2), "sub.v": np.ones(1)}
    own, other = gl.optim.AdamW(lr=0.1, weight_decay=0.5), gl.optim.AdamW(lr=0.1, weight_decay=0.5)
    held = weights.w
    for _ in range(5):
        _, grads = weights.grad(lambda p: np.sum((p.w + p.b) ** 2) + np.sum(p.sub.v**3))
        weights.step(grads, own)
        tree = other.step(tree, {"w": 2 * (tree["w"] + 1), "sub.v": 3 * tree["sub.v"] ** 2})
    np.testing.assert_allclose(held, tree["w"])
    np.testing.assert_allclose(weights.sub.v, tree["sub.v"])
    np.testing.assert_array_equal(weights.b, 1.0)


def test_steps_with_other_trees_name_the_path_and_change_nothing() -> None:
    weights = gl.params(w=np.ones(2), b=np.ones(1))
    _, grads = gl.params(w=np.ones(2), c=np.ones(1)).grad(lambda p: np.sum(p.w))
    with pytest.raises(ShapeError, match="no gradient for 'b'"):
        weights.step(grads, 0.1)
    _, grads = gl.params(w=np.ones(3), b=np.ones(1)).grad(lambda p: np.sum(p.w))
    with pytest.raises(ShapeError, match=r"gradient of 'w' has shape \(3,\)"):
        weights.step(grads, 0.1)
    with pytest.raises(ShapeError, match="there is no gradient for 'b'"):
        weights.step({"w": np.ones(2)}, 0.1)
    _, grads = weights.grad(lambda p: np.sum(p.w))
    with pytest.raises(ArgumentError, match="rate is nan"):
        weights.step(grads, float("nan"))
    np.testing.assert_array_equal(weights.w, 1.0)


def test_numbers_of_another_tree_are_assigned_in_place() -> None:
    weights, held = gl.params(w=np.ones(2), b=gl.frozen(1.0)), None
    held = weights.w
    weights.assign(gl.params(w=np.zeros(2), b=gl.frozen(3.0)))
    assert (held[0], weights.b) == (0.0, 3.0)
    with pytest.raises(ShapeError, match="there is no value for 'b'"):
        weights.assign(gl.params(w=np.ones(2)))
    with pytest.raises(ShapeError, match="'b' has another role"):
        weights.assign(gl.params(w=np.ones(2), b=1.0))


def test_dtypes_copies_and_plain_values() -> None:
    weights = small()
    low = weights.astype("bf16")
    assert low.w.dtype.name == "bfloat16"
    assert weights.w.dtype == np.float64
    assert weights.astype("f32") != weights
    values = gl.param_values(weights)
    assert values["blocks"][1]["a"] is weights.blocks[1].a
    assert type(values) is dict
    assert gl.params(z=np.ones(1, complex)).astype("f32").z.dtype == np.complex64


def test_outlines_and_tables_name_roles_and_ties() -> None:
    text, table = repr(small()), small().summary()
    assert "b: f64[2] frozen" in text
    assert "head: f64[2] = emb" in text
    assert table.total == 6 + 2 + 2 + 2 + 2
    assert table.trained == 12
    assert "tied to emb" in str(table)
    assert "<td>blocks.1.a</td>" in table._repr_html_()
    hostile = gl.params({"<b>": np.ones(1)})._repr_html_()
    assert "<b>" not in hostile
    rows = gl.summary(lambda p, x: x @ p.w, small(), np.ones((2, 3))).rows
    assert [row[0] for row in rows] == ["p_w", "p_b", "p_emb", "p_blocks_0_a", "p_blocks_1_a"]


def test_empty_and_hostile_trees() -> None:
    assert len(gl.params()) == 0
    assert gl.params().copy() == gl.params({})
    weights = gl.params({"a.b": np.ones(1), "a": {"b": np.zeros(1)}, "": np.ones(2), "while": 1.0})
    assert weights["a.b"][0] != weights.a.b[0]
    assert sorted(weights.names) == ["a"]
    with pytest.raises(ArgumentError, match="two values have the path '1'"):
        gl.params({1: np.ones(1), "1": np.ones(1)})
    with pytest.raises(DtypeError, match="'t' is 'text', not an array of numbers"):
        gl.params(t="text")
    with pytest.raises(DtypeError, match="'m' is a masked array"):
        gl.params(m=np.ma.array([1.0, 2.0], mask=[0, 1]))
    with pytest.raises(ArgumentError, match="'w' is given twice"):
        gl.params({"w": 1.0}, w=2.0)
    with pytest.raises(NoAttribute, match="no parameter 'w'"):
        weights.w = np.ones(1)
    with pytest.raises(MissingKey, match="no parameter 'w'"):
        weights["w"] = np.ones(1)
    assert np.isnan(gl.params(x=np.nan).x)


def test_numbers_are_written_into_arrays_by_attribute_and_key() -> None:
    weights = gl.params(a=np.ones(2), t=gl.tied["a"], n=[{"w": np.ones(1)}], f=gl.frozen(0.0))
    array = weights.a
    weights.a -= 0.25
    weights["a"] += 1.0
    weights.n = [{"w": [3]}]
    weights.n[0].w *= 2.0
    weights.f = 5
    assert weights.a is weights.t is array
    np.testing.assert_array_equal(array, 1.75)
    assert (weights.n[0].w[0], weights.f) == (6.0, 5.0)
    for value, error, told in [
        (np.ones(3), ShapeError, r"'a' has shape \(2,\), and the value \(3,\)"),
        (1j * np.ones(2), DtypeError, "'a' is float64, and the value complex128"),
        ([[1], [1, 2]], DtypeError, "'a' takes an array of numbers"),
    ]:
        with pytest.raises(error, match=told):
            weights.a = value
    with pytest.raises(ShapeError, match="'n' is a list of parameters, and the value int"):
        weights["n"] = 3
    with pytest.raises(gl.GradloomError, match="read-only"):
        weights.grad(lambda p: setattr(p, "a", np.ones(2)))
    np.testing.assert_array_equal(array, 1.75)


def test_copies_of_any_kind_have_arrays_of_their_own_and_the_same_roles_and_ties() -> None:
    weights = small()
    made = [copy.deepcopy(weights), copy.copy(weights), pickle.loads(pickle.dumps(weights)),
            gl.params(weights), gl.params(inner=weights).inner]  # fmt: skip
    for other in made:
        assert other == weights
        assert other.head is other.emb
        assert other.w is not weights.w


def test_steps_take_gradients_in_plain_dicts() -> None:
    weights = gl.params(
        a=np.ones(2), t=gl.tied["a"], n=[{"w": np.ones(1)}, {"w": gl.frozen(np.ones(1))}]
    )
    weights.step({"a": np.ones(2), "t": None, "n": [{"w": np.ones(1)}]}, 0.5)
    np.testing.assert_array_equal(weights.a, 0.5)
    weights.step({"a": None, "n": None}, gl.optim.Adam())
    for grads, told in [
        ({"a": np.ones(2)}, "no gradient for 'n.0.w'"),
        ({"a": np.ones(2), "t": np.ones(2), "n": None}, "two gradients for 't', which is tied"),
        ({"a": np.ones(2), "n": [{"w": np.ones(2)}]}, "gradient of 'n.0.w' has shape"),
        ({"a": np.ones(2), "n": np.ones(2)}, "gradient of 'n' is ndarray"),
        ({"a": None, "n": None, "q": 1.0}, "a gradient for 'q', which is no parameter"),
        (3, "the gradients are int"),
    ]:
        with pytest.raises(ShapeError, match=told):
            weights.step(grads, 0.5)
    np.testing.assert_array_equal(weights.a, 0.5)
    np.testing.assert_array_equal(weights.n[0].w, 0.5)


def test_buffers_refuse_what_is_no_dict_or_no_array() -> None:
    weights = gl.params(c={"d": gl.buffer(1.0)})
    for values, error, told in [
        (3, ShapeError, "takes a dict of values, and got int"),
        ({"c": 3}, ShapeError, "'c' is a dict of parameters, and the value int"),
        ({"c": {"d": "x"}}, DtypeError, "'c.d' is float64"),
    ]:
        with pytest.raises(error, match=told):
            weights.update_buffers(values)
    assert weights.c.d == 1.0


def test_a_matrix_of_second_derivatives_says_what_stands_at_its_leaves() -> None:
    found = gl.hessian(lambda p: np.sum(p.a**3))(gl.params(a=np.array([1.0, 2.0])))
    np.testing.assert_array_equal(found.a.a, np.diag([6.0, 12.0]))
    assert "a: ParamDict" in repr(found)


def test_one_device_is_that_of_the_program_and_two_are_refused() -> None:
    weights = gl.params(a=gl.on_device("cuda:0", 1.0), b=gl.on_cpu[2.0])
    assert weights.grad(lambda p: p.a * p.b)[0] == 2.0  # numpy has one place alone
    with pytest.raises(gl.NotSupported, match="'a' lies on cuda:0 and 'b' on cpu"):
        weights.grad(lambda p: p.a * p.b, backend="torch")


@pytest.mark.framework
def test_a_module_of_torch_trains_the_parameters() -> None:
    torch = pytest.importorskip("torch")
    weights = gl.params(w=np.ones((3, 2)), b=gl.frozen(np.ones(2)), sub={"v": np.ones(2)})

    def forward(x: object) -> object:
        return np.tanh(x @ w + b) * sub.v

    module = weights.to_torch_module(forward, dtype="f32")
    assert [name for name, _ in module.named_parameters()] == ["w", "sub_v"]
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("f4")
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    due = weights.astype("f32")
    for _ in range(3):
        optimizer.zero_grad()
        (module(torch.from_numpy(x)) ** 2).sum().backward()
        optimizer.step()
        due.step(due.grad(lambda q: np.sum(forward(q) ** 2), x)[1], 0.1)
    found = module.to_params()
    np.testing.assert_allclose(found.w, due.w, 1e-4)
    np.testing.assert_allclose(found.sub.v, due.sub.v, 1e-4)
    np.testing.assert_array_equal(weights.w, 1.0)
