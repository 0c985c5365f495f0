from gradloom.ir import ops as o
from gradloom.passes.cost import cost
from tests.passes.graphs import graph


def test_a_matmul_costs_two_flops_per_product_and_moves_its_arrays():
    found = cost(graph(lambda x, y: o.matmul(x, y), "f64[3,4]", "f64[4,5]"))
    assert (found.flops, found.bytes, found.peak_bytes) == (
        2 * 3 * 4 * 5,
        8 * (12 + 20 + 15),
        8 * 15,
    )
    assert found.peak_node.op is o.matmul


def test_named_sizes_are_given_by_keyword():
    g = graph(lambda x: o.add(x, x), "f32[n]")
    assert (cost(g, n=10).flops, cost(g, n=10).bytes) == (10, 120)


def test_views_move_nothing():
    found = cost(graph(lambda x: o.permute_dims(x, perm=(1, 0)), "f64[3,4]"))
    assert (found.flops, found.bytes, found.peak_bytes) == (0, 0, 0)


def test_a_call_costs_what_its_region_does():
    body = graph(lambda x: o.add(o.add(x, x), x), "f64[10]")
    assert cost(graph(lambda x: o.call(x, regions=(body,), name="piece")[0], "f64[10]")).flops == 20


def test_a_scan_costs_its_body_once_per_step():
    body = graph(lambda c, x: (o.add(c, x), c), "f64[]", "f64[]")
    g = graph(
        lambda c, xs: o.scan(c, xs, regions=(body,), consts=0, carry=1, length=7), "f64[]", "f64[7]"
    )
    assert cost(g).flops == 7


def test_the_table_names_the_dearest_nodes_first_and_the_totals_last():
    lines = str(
        cost(graph(lambda x, y: o.tanh(o.matmul(x, y)), "f64[300,40]", "f64[40,5]"))
    ).splitlines()
    assert [line.split()[0] for line in lines] == ["op", "matmul", "tanh", "total", "peak"]
    assert "120 k" in lines[1]
    assert "peak 24 kB at tanh" in lines[-1]
