from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.passes.pipeline import run
from tests.passes.graphs import arrays_for, assert_same_meaning
from tests.passes.typed_programs import typed_program

PIPELINES = st.lists(
    st.sampled_from(["simplify", "cse", "dce", "fold", "fold(max_elements=2)"]),
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
