"""The lazy DAG: functions are added as they would be called, and run when a value is asked for."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, final

from gradloom.frontend.dag.addition import (
    Addition,
    again_of,
    check_kind,
    check_name,
    check_not_drawn,
    check_unused_elsewhere,
    connect,
    count_of,
    look_of,
    names_of_results,
)
from gradloom.frontend.dag.arguments import Arguments
from gradloom.frontend.dag.around import require_no_circle, require_outside
from gradloom.frontend.dag.bound import Bound
from gradloom.frontend.dag.compiled import CompiledCalls, compile_calls
from gradloom.frontend.dag.locks import all_locked
from gradloom.frontend.dag.making import Memory, carry_out
from gradloom.frontend.dag.names import Named
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.parallel import Executor
from gradloom.frontend.dag.plan import Plan, graph_of, plan_of
from gradloom.frontend.dag.progress import bar
from gradloom.frontend.dag.readable import check_readable
from gradloom.frontend.dag.run import Log, Watch, release
from gradloom.frontend.dag.step import Call, Step, name_of
from gradloom.ir.errors import ArgumentError, CallError, GradloomError
from gradloom.ir.graph import Graph, Value
from gradloom.ir.location import Location
from gradloom.ir.ops.called import OBJECT

_graphs: Final = itertools.count()


@final
class GraphBuilder(Named, Bound):
    """A graph of Python calls whose values are computed when asked for, and let go as soon as no
    call of the run needs them.

        >>> import gradloom as gl
        >>> G = gl.dag.GraphBuilder(alias="prices")
        >>> raw = G.add(lambda: [3.0, 4.0])()
        >>> total = G.add(sum)(raw)
        >>> total.has_value(), total.get(), raw.has_value()
        (False, 7.0, False)

    With `persist` every value stays once it is there; `verbose` tells on standard output what is
    activated, runs and is released (or tells it to a function of one line, if one is given).
    `inside_pandasUDF` is there for programs written for pyflow-viz; nothing needs it here.
    """

    def __init__(
        self,
        alias: str | None = None,
        persist: bool = False,
        verbose: bool | Log = False,
        inside_pandasUDF: bool | None = None,
    ) -> None:
        check_name("alias", alias)
        check_kind("persist", persist, bool)
        if not callable(verbose):
            check_kind("verbose", verbose, bool)
        self.alias = alias
        self.number = next(_graphs)
        self.graph_uid = f"{alias or 'graph'}_{self.number}"
        self.persists = persist
        self._log: Log | None = verbose if callable(verbose) else _write if verbose else None
        self._given: dict[DataNode, None] = {}
        self.lock = threading.RLock()
        self.sources: dict[GraphBuilder, None] = {}
        """The other graphs that arguments come from."""
        self._stop = threading.Event()
        self._memory = Memory()
        super().__init__()

    # ---- building ----------------------------------------------------------------------------

    def add(
        self,
        func: Callable[..., Any],
        n_out: int = 1,
        persist: bool = False,
        alias: str | None = None,
        rank: int | str | None = None,
        color: str | None = None,
        shape: str | None = None,
        fontsize: float | None = None,
        *,
        method_alias: str | None = None,
        output_alias: str | Sequence[str | None] | None = None,
        retry: int = 0,
        retry_delay_s: float = 0.0,
        cache: str | os.PathLike[str] | None = None,
    ) -> Addition:
        """A function as a part of the graph; call what this gives with its arguments.

        Arguments may be nodes, of this graph or another, also inside lists, tuples, dicts and sets;
        anything else is passed as it is. With `n_out` > 1 the function returns so many values, and
        the call gives a list of nodes. `alias` (or `method_alias`) names the call, `output_alias`
        its results; `rank`, `color`, `shape` and `fontsize` are for the picture. A call that raises
        is tried again `retry` times, after `retry_delay_s` seconds each. `cache` is a folder for
        its results: they are read there when function and arguments are what they were.
        """
        if not callable(func):
            raise CallError(
                f"add takes a function, and {type(func).__name__} cannot be called",
                hint="G.add(f)(x), where f(x) is meant",
            )
        if alias is not None and method_alias is not None:
            raise ArgumentError(f"a call has one name: alias={alias!r} or {method_alias!r}")
        name = alias if alias is not None else method_alias
        check_name("alias", name)
        check_kind("persist", persist, bool)
        outputs = names_of_results(output_alias, count_of(n_out))
        look, again = look_of(rank, color, shape, fontsize), again_of(retry, retry_delay_s, cache)
        return Addition(self, func, name, outputs, persist, look, again)

    def put(
        self,
        addition: Addition,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        location: Location | None,
    ) -> Step:
        """The step of a call, added to the graph."""
        with self._alone():
            arguments = self._arguments(args, kwargs)
            name = addition.alias or name_of(addition.function)
            uid = self._names.unique(name)
            call = Call(addition.function, arguments, len(addition.outputs))
            step = Step(self, name, uid, call, len(addition.outputs), addition.look, location)
            step.retries, step.delay_s = addition.again.retries, addition.again.delay_s
            step.cache = addition.again.cache
            step.outputs = tuple(
                [
                    self._node(alias, step.node.results[i], step)
                    for i, alias in enumerate(addition.outputs)
                ]
            )
            for node in step.outputs:
                node.persisted = addition.persist
            for node in step.inputs:
                connect(node, step)
                if node.graph is not self:
                    self.sources[node.graph] = None
            self._names.put(uid, name, step)
            self._steps.append(step)
            return step

    def _arguments(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Arguments:
        before = len(self._given)
        try:
            return Arguments(args, kwargs, self.given)
        except GradloomError:
            for node in list(self._given)[before:]:
                del self._given[node]
                self._forget_node(node)
            raise

    def given(self, content: Any) -> DataNode:
        """The node of an argument that is a value itself."""
        check_readable(content, "an argument")
        if isinstance(content, Addition):
            raise CallError(f"an argument is {content!r}", hint="call it: G.add(f)(x)")
        node = self._node(None, Value(OBJECT), None)
        node.fill(content)
        self._given[node] = None
        return node

    def _node(self, alias: str | None, value: Value, step: Step | None) -> DataNode:
        uid = self._names.unique(alias or "data")
        value.name = uid
        node = DataNode(self, uid, alias, value, step)
        self._names.put(uid, alias or "", node)
        return node

    def remove(self, n: int = 1) -> None:
        """Take the last `n` calls out, with their results and with the given arguments that no
        other call uses.

        Raises `ArgumentError` where there are not so many, or where another graph uses a result.
        """
        with self._alone():
            check_kind("n", n, int)
            if not 0 <= n <= len(self._steps):
                raise ArgumentError(f"{n} calls cannot be removed from {len(self._steps)}")
            going = self._steps[len(self._steps) - n :]
            for step in going:
                check_unused_elsewhere(step)
            for step in reversed(going):
                self._steps.pop()
                self._forget(step)

    def _forget(self, step: Step) -> None:
        self._names.remove(step.uid, step.name)
        for node in step.outputs:
            self._forget_node(node)
        for node in step.inputs:
            if node.graph is not self:
                assert node.elsewhere is not None
                node.elsewhere.discard(step)
                continue
            del node.consumers[step]
            if node.step is None and not node.consumers:
                del self._given[node]
                self._forget_node(node)

    def _forget_node(self, node: DataNode) -> None:
        node.drop()
        node.removed = True
        self._names.remove(node.uid, node.alias or "")

    # ---- running -----------------------------------------------------------------------------

    def get(self, node: DataNode | str) -> Any:
        """The value of a node; what it depends on, and nothing else, is computed first."""
        (found,) = self._asked([node])
        self._make_there([found])
        return found.content

    def run(
        self,
        *nodes: DataNode | str,
        executor: Executor | str | None = None,
        max_workers: int | None = None,
        progress: bool | None = None,
        summary: bool = False,
    ) -> Any:
        """Run every call whose results are not there yet; the value of the node asked for, a list
        of values for several, None for none.

        What stays is what was asked for, what no call uses, and what is persisted. `executor` runs
        calls that do not need one another at the same time: "threads", "processes" (of at most
        `max_workers`), anything with `submit(function, *args)` that gives futures, or a cluster of
        `gl.cluster` or `gl.connect`, which gets the calls that are plain numpy. `progress` shows a
        bar on standard error, False none; unsaid, a terminal or notebook shows one after a second.
        `summary` is pyflow-viz's, and does nothing.
        """
        asked = self._asked(nodes)
        self._make_there([*self.sinks, *asked], executor, max_workers, progress)
        return _values(asked)

    def run_only(
        self,
        *nodes: DataNode | str,
        executor: Executor | str | None = None,
        max_workers: int | None = None,
        progress: bool | None = None,
        **drawn: Any,
    ) -> Any:
        """As `run`, of the calls that these nodes depend on alone. pyflow-viz's `view_dependency`
        (and `summary`, `verbose`, `gap` beside it) is refused: `G.view_dependency` gives a picture.
        """
        check_not_drawn("run_only", drawn)
        asked = self._asked(nodes)
        if not asked:
            raise ArgumentError("run_only wants a node", hint="G.run() runs all")
        self._make_there(asked, executor, max_workers, progress)
        return _values(asked)

    def compile(
        self,
        *outputs: DataNode | str,
        inputs: Sequence[DataNode | str] | DataNode | str | None = None,
        **options: Any,
    ) -> CompiledCalls:
        """The graph as a function from `inputs` to `outputs` (without any named, to the sinks).

        Calls that are plain numpy are traced through and compiled together by `gl.compile`, which
        gets the options; `.reasons` of what this gives tells which others stay Python calls, and
        why. The inputs are the given arguments that are floating-point numbers or arrays, unless
        others are named; everything else has the value that it has now. What is needed of calls
        runs once, to see what each is given.

        >>> import numpy as np, gradloom as gl
        >>> G = gl.dag.GraphBuilder()
        >>> loss = G.add(np.sum)(G.add(np.square)(np.ones(3)))
        >>> gl.grad(G.compile(loss))(np.array([1.0, 2.0, 3.0]))
        array([2., 4., 6.])
        """
        asked = self._asked(outputs) if outputs else self.sinks
        given = [inputs] if isinstance(inputs, DataNode | str) else inputs
        chosen = None if given is None else self._asked(given)
        with self._entered(*dict.fromkeys(node.graph for node in asked)):
            return compile_calls(asked, chosen, options)

    def plan(self, *nodes: DataNode | str) -> Plan:
        """What `run_only(*nodes)` would do now; without nodes, what `run()` would."""
        with self._entered():
            return plan_of(self.graph_uid, self._asked(nodes) if nodes else self.sinks)

    def cancel(self) -> None:
        """End the run that is going on in another thread, after the calls that run now: it raises
        `Cancelled` there.
        """
        self._stop.set()

    def _make_there(
        self,
        nodes: Iterable[DataNode],
        executor: Executor | str | None = None,
        max_workers: int | None = None,
        progress: bool | None = None,
    ) -> None:
        wanted = list(nodes)
        with self._entered(*dict.fromkeys(node.graph for node in wanted)):
            self._stop.clear()
            plan = plan_of(self.graph_uid, wanted)
            require_no_circle(self.graph_uid, (step.uid for step in plan.steps))
            with bar(plan, progress) as done:
                watch = Watch(self._log, self._stop, done)
                carry_out(plan, watch, executor, max_workers, self._memory)

    def _alone(self) -> threading.RLock:
        """Nobody else changes or runs the graph meanwhile."""
        require_outside((self.graph_uid,))
        return self.lock

    @contextlib.contextmanager
    def _entered(self, *others: GraphBuilder) -> Iterator[None]:
        """Nobody else changes or runs the graph meanwhile, nor those whose values it takes."""
        with all_locked(self, *others):
            yield

    # ---- nodes -------------------------------------------------------------------------------

    def persist(self, *nodes: DataNode | str) -> None:
        """Keep the values of these nodes from when they are computed on; without nodes, of all."""
        if not nodes:
            self.persists = True
        for node in self._asked(nodes):
            node.persist()

    def release(self, *nodes: DataNode | str) -> None:
        """Let the values of these nodes go; without nodes, all that are neither persisted nor given
        as arguments.
        """
        if nodes:
            for node in self._asked(nodes):
                node.release()
            return
        for step in self._steps:
            for node in step.outputs:
                if node.has_value() and not node.is_persisted:
                    self.let_go(node)

    def let_go(self, node: DataNode) -> None:
        """Forget the value of a node."""
        with self._alone():
            if node.has_value():
                release([node], Watch(self._log))

    @property
    def sinks(self) -> list[DataNode]:
        """The results that no call of this graph uses."""
        return [node for step in self._steps for node in step.outputs if not node.consumers]

    @property
    def graph(self) -> Graph:
        """The graph itself: its parameters are the given arguments and the nodes of other graphs,
        its results the sinks.

        >>> import gradloom as gl
        >>> G = gl.dag.GraphBuilder(alias="g")
        >>> _ = G.add(max)(3, 4)
        >>> print(str(G.graph).split(" = ")[1].splitlines()[0])
        python_call(%data_0, %data_1, function="max_0", results=1)
        """
        return graph_of(self.graph_uid, self.steps, self.sinks)

    def __repr__(self) -> str:
        there = sum(node.has_value() for step in self._steps for node in step.outputs)
        return f"<GraphBuilder {self.graph_uid}: {len(self._steps)} calls, {there} values there>"


def _values(nodes: Sequence[DataNode]) -> Any:
    values = [node.content for node in nodes]
    return None if not values else values[0] if len(values) == 1 else values


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
