from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gradloom.ir.errors import BudgetError
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from gradloom.passes.liveness import liveness
from gradloom.passes.pipeline import run
from gradloom.passes.remat import remat
from tests.fuzz.graphs import graphs
from tests.passes.graphs import arrays_for, assert_close, assert_same_meaning, same_bits
from tests.passes.measure import run_and_measure
from tests.passes.typed_programs import typed_program

PIPELINES = st.lists(
    st.sampled_from(["simplify", "cse", "dce", "fold", "fold(max_elements=2)", "settle"]),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), passes=PIPELINES)
def test_any_pipeline_keeps_the_bits_of_any_program(seed, passes):
    g = typed_program(seed)
    new, _ = run(g, ",".join(passes))
    for arrays_seed in range(2):
        assert_same_meaning(g, new, arrays_for(g, arrays_seed))


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32))
def test_a_second_default_run_finds_little_and_never_grows_the_graph(seed):
    once, _ = run(typed_program(seed))
    twice, _ = run(once)
    assert len(twice.nodes) <= len(once.nodes) <= len(typed_program(seed).nodes)


ALL_OPS = settings(max_examples=100, suppress_health_check=list(HealthCheck))


@ALL_OPS
@given(case=graphs(), passes=PIPELINES)
def test_any_pipeline_keeps_the_numbers_of_graphs_of_all_ops(case, passes):
    """Not the bits: a sum over an array that lies otherwise in memory adds in another order."""
    g, arrays = case
    new, _ = run(g, ",".join(passes))
    assert_close(interpret(g, arrays), interpret(new, arrays))


@ALL_OPS
@given(case=graphs(symbolic=True))
def test_named_sizes_go_through_the_default_pipeline(case):
    g, arrays = case
    new, _ = run(g)
    assert_close(interpret(g, arrays), interpret(new, arrays))


@ALL_OPS
@given(case=graphs(max_nodes=12))
def test_the_planned_bytes_of_graphs_of_all_ops_are_no_less_than_the_measured_ones(case):
    """Regions run inside one node, unmeasured. A view of a single number is a copy in numpy."""
    g, arrays = case
    assume(not any(n.regions for n in g))
    singles = sum(r.type.nbytes() for n in g for r in n.results if r.type.size == 1)
    measured = run_and_measure(g, arrays)[1]
    assert all(p + singles >= m for p, m in zip(liveness(g).live, measured, strict=True)), g


@ALL_OPS
@given(case=graphs(max_nodes=12))
def test_remat_of_graphs_of_all_ops_keeps_the_bits_and_the_budget(case):
    g, arrays = case
    budget = int(liveness(g).peak * 0.8)
    try:
        new = remat(g, budget=budget)
    except BudgetError:
        return
    verify(new)
    assert liveness(new).peak <= budget
    assert all(map(same_bits, interpret(g, arrays), interpret(new, arrays)))
