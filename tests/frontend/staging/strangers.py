"""Small programs as strangers write them: each takes one number and gives numbers."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import math
import operator
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field

import numpy as np


def running_total(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v
        return total

    return [add(x), add(x * 2), add(-x if x > 0 else x)]


def memo_of_a_closure(x):
    memo = {}

    def fib(n):
        if n in memo:
            return memo[n]
        memo[n] = x if n < 2 else fib(n - 1) + fib(n - 2)
        return memo[n]

    return fib(8)


@functools.cache
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


def bernstein(x):
    n = 4
    return sum(binomial(n, k) * x**k * (1 - x) ** (n - k) * k for k in range(n + 1))


def squares(n, x):
    for i in range(n):
        yield x * i**2


def generator_summed(x):
    return sum(squares(4, x)) + max(squares(3, x))


def generator_piped(x):
    def evens(it):
        for i, v in enumerate(it):
            if i % 2 == 0:
                yield v

    return list(evens(v + 1 for v in squares(5, x)))


def comprehension_nested(x):
    grid = [[x * i + j for j in range(3)] for i in range(3)]
    return sum(sum(v if v > 1 else 0.0 for v in row) for row in grid)


def dict_of_functions(x):
    ops = {"double": lambda v: v * 2, "square": lambda v: v**2, "neg": operator.neg}
    return {k: f(x) for k, f in ops.items()}


def dict_updated(x):
    params = {"w": x, "b": 1.0}
    grads = {k: v * 0.1 for k, v in params.items()}
    params.update({k: params[k] - grads[k] for k in params})
    return params["w"] if params["w"] > 0 else params["b"]


@dataclass
class Particle:
    position: float
    velocity: float = 1.0
    trail: list = field(default_factory=list)

    def step(self, dt=0.1):
        self.position = self.position + self.velocity * dt
        if self.position > 1:
            self.velocity = -self.velocity
        self.trail.append(self.position)

    @property
    def energy(self):
        return 0.5 * self.velocity**2 if self.position > 0 else self.velocity**2


def particle_walk(x):
    p = Particle(x)
    for _ in range(3):
        p.step()
    return [p.position, p.velocity, p.energy, *p.trail]


def dataclass_replaced(x):
    p = Particle(x, 2.0)
    q = dataclasses.replace(p, velocity=p.velocity * x)
    return q.position * q.velocity


def isinstance_branches(x):
    def norm(v):
        if isinstance(v, (list, tuple)):
            return sum(norm(u) for u in v)
        if isinstance(v, dict):
            return norm(list(v.values()))
        return abs(v)

    return norm([x, (x, 1.0), {"a": -x}])


def builtins_together(x):
    values = [x, 1.0, -x]
    return [
        max(values), min(values), sum(values), round(x, 1), abs(x), len(values), pow(x, 2),
        sorted(values)[0], sum(a * b for a, b in zip(values, reversed(values))), divmod(x, 2)[1],
    ]  # fmt: skip


def argmax_by_hand(x):
    values = [x, 0.5, x * x]
    best, where = values[0], 0
    for i, v in enumerate(values):
        if v > best:
            best, where = v, i
    return [best, where]


def f_string_and_print(x):
    label = f"{3:>5}|{'a'!r}"
    return x * len(label)


@contextlib.contextmanager
def scaled(box, by):
    old = box[0]
    box[0] = box[0] * by
    try:
        yield box
    finally:
        box[0] = old


def context_scaled(x):
    box = [x]
    with scaled(box, 3.0) as b:
        inside = b[0] if b[0] > 1 else 0.0
    return inside + box[0]


def repeated(times):
    def wrap(f):
        @functools.wraps(f)
        def inner(x, *args, **kwargs):
            for _ in range(times):
                x = f(x, *args, **kwargs)
            return x

        return inner

    return wrap


@repeated(3)
def halve_or_keep(x, limit=0.2):
    return x / 2 if x > limit else x


def decorated_with_arguments(x):
    return halve_or_keep(x) + halve_or_keep(x, limit=0.5)


def partial_chain(x):
    clip = functools.partial(lambda v, lo, hi: lo if v < lo else hi if v > hi else v, lo=-1.0)
    return functools.reduce(lambda a, f: f(a), [functools.partial(clip, hi=h) for h in (2, 1)], x)


def safe_log(x):
    try:
        if x <= 0:
            raise ValueError("domain")
        return math.log(x)
    except ValueError:
        return -1.0


def tries_in_turn(x):
    for limit in (0.5, 1.5, 5.0):
        try:
            if x > limit:
                raise OverflowError
            return limit - x
        except OverflowError:
            continue
    return 100.0


def finally_counts(x):
    calls = []
    try:
        y = x * 2 if x > 0 else x
    finally:
        calls.append(1)
    return y + len(calls)


def static_and_keywords(x):
    def f(a, /, b=2.0, *rest, c, d=None, **more):
        total = a * b + c
        if d is None:
            total = total + sum(rest)
        return total + more.get("e", 0.0)

    return f(x, 3.0, 1.0, c=x, e=x if x > 0 else 1.0)


class Momentum:
    def __init__(self, beta):
        self.beta, self.v = beta, 0.0

    def update(self, g):
        self.v = self.beta * self.v + g
        return self.v if abs(self.v) < 5 else 5.0


def bound_method_with_state(x):
    update = Momentum(0.9).update
    return [update(x) for _ in range(3)]


class Compose:
    def __init__(self, *fs):
        self.fs = fs

    def __call__(self, x):
        for f in self.fs:
            x = f(x)
        return x

    def __or__(self, other):
        return Compose(*self.fs, other)


def piped(x):
    return (Compose(abs) | (lambda v: v + 1) | (lambda v: v if v < 2 else v / 2))(x)


def counter_of_plain(x):
    counts = Counter("abracadabra")
    return sum(n * x for _, n in counts.most_common(2))


def default_dict_of_lists(x):
    groups = defaultdict(list)
    for i in range(4):
        groups[i % 2].append(x * i)
    return [sum(g) for g in groups.values()]


def queue_rotated(x):
    q = deque([x, 1.0, 2.0], maxlen=3)
    q.append(x * 2)
    q.rotate(1)
    return list(q)


Point = namedtuple("Point", "x y")


def named_tuple_moved(x):
    p = Point(x, 1.0)
    p = p._replace(x=p.x + 1) if x > 0 else p._replace(y=2.0)
    return p.x * p.y


def starred(x):
    first, *middle, last = [x, x + 1, x + 2, x + 3]
    return first * last + sum(middle)


def swapped_until_sorted(x):
    a, b, c = x, 0.5, -x
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return [a, b, c]


def walrus(x):
    return y * 2 if (y := x + 1) > 1 else y


def chained(x):
    return 1.0 if -1 < x <= 0.5 else 2.0 if 0.5 < x < 2 else 3.0


def while_with_else(x):
    n = 0
    while x > 0.1:
        x = x / 2
        n += 1
        if n > 6:
            break
    else:
        n = n + 100
    return [x, n]


def newton_for_roots(x):
    a = abs(x) + 1
    y = a
    for _ in range(50):
        new = 0.5 * (y + a / y)
        if abs(new - y) < 1e-12:
            break
        y = new
    return y


def matched(x):
    command = ("scale", 3.0) if isinstance(x, object) else ("stop",)
    match command:
        case ("scale", by) if x > 0:
            return x * by
        case ("scale", by):
            return x / by
        case _:
            return 0.0


def accumulated(x):
    return list(itertools.accumulate([x, 1.0, 2.0], lambda a, b: a * b if a > 1 else a + b))


def grouped_in_pairs(x):
    return [a * b for a, b in itertools.pairwise([x, 1.0, x, 2.0])]


def product_of_ranges(x):
    return sum(x**i * j for i, j in itertools.product(range(3), repeat=2))


def any_and_all(x):
    values = [x, x - 1, x + 1]
    score = 0.0
    if any(v > 1 for v in values):
        score += 1
    if all(v > -1 for v in values):
        score += 10
    return score


def made_by_exec(x):
    space = {}
    exec("def cube(v):\n    return v ** 3 + 1", space)
    return space["cube"](x)


def made_by_eval(x):
    return eval("lambda v: v * 2 + 1")(x)


class Stack:
    def __init__(self):
        self._items = []

    def push(self, v):
        self._items.append(v)
        return self

    def pop(self):
        return self._items.pop()

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)


def reverse_polish(x):
    stack = Stack().push(x).push(2.0).push(3.0)
    while len(stack) > 1:
        b, a = stack.pop(), stack.pop()
        stack.push(a * b if a > 0 else a + b)
    return stack.pop()


def mutable_default(x, seen=None):
    seen = [] if seen is None else seen
    seen.append(x)
    return sum(seen) + len(seen)


def type_dispatch(x):
    table = {int: lambda v: v + 1, float: lambda v: v * 2}
    return table[int](x) + table[float](x)


def string_switch(x):
    def act(name, v):
        if name == "relu":
            return v if v > 0 else 0.0
        if name == "leaky":
            return v if v > 0 else 0.01 * v
        raise ValueError(f"unknown {name}")

    return sum(act(n, x) for n in ("relu", "leaky"))


def polynomial_by_horner(x):
    result = 0.0
    for c in (2.0, -1.0, 3.0)[::-1]:
        result = result * x + c
    return result


def matrix_as_lists(x):
    a = [[x, 1.0], [0.0, 2.0]]
    b = [list(row) for row in zip(*a)]
    return [[sum(p * q for p, q in zip(r, c)) for c in zip(*b)] for r in a]


def bisect_by_hand(x):
    lo, hi = 0.0, 10.0
    for _ in range(30):
        mid = (lo + hi) / 2
        if mid * mid < abs(x):
            lo = mid
        else:
            hi = mid
    return lo


def collatz_like(x):
    n = int(abs(x) * 4) + 1
    steps = 0
    while n != 1 and steps < 50:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def clamp_in_place(x):
    y = np.array([x, 2 * x, -x])
    y[y > 1] = 1.0
    y[0] += 1 if x > 0 else 2
    return y


def early_returns(x):
    if x < -1:
        return -1.0
    for k in range(3):
        if x < k:
            return x * k
    return 10.0


def recursion_of_fixed_depth(x, n=4):
    return x if n == 0 else recursion_of_fixed_depth(x / 2 if x > 1 else x + 0.1, n - 1)


def lambda_in_sort(x):
    return sorted([x, -1.0, 0.3], key=lambda v: -v if v < 0 else v)


def unpacked_call(x):
    args, kwargs = (x, 2.0), {"scale": 3.0}
    return (lambda a, b, scale=1.0: (a + b) * scale)(*args, **kwargs)


def ordered_dict(x):
    d = OrderedDict(a=x, b=2.0)
    d.move_to_end("a")
    return list(d.values())


class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius

    @property
    def fahrenheit(self):
        return self.celsius * 9 / 5 + 32

    @fahrenheit.setter
    def fahrenheit(self, value):
        self.celsius = (value - 32) * 5 / 9 if value > 0 else 0.0


def property_with_setter(x):
    t = Temperature(x)
    t.fahrenheit = t.fahrenheit + 10
    return t.celsius


def nested_functions_share(x):
    state = {"n": 0, "sum": 0.0}

    def visit(v):
        state["n"] += 1
        if v > 0:
            state["sum"] = state["sum"] + v

    for v in (x, -x, 2 * x):
        visit(v)
    return [state["n"], state["sum"]]


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    def __matmul__(self, other):
        return Matrix(
            [[sum(a * b for a, b in zip(r, c)) for c in zip(*other.rows)] for r in self.rows]
        )

    def __getitem__(self, key):
        i, j = key
        return self.rows[i][j]

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value if value > 0 else 0.0


def matrix_of_the_users(x):
    m = Matrix([[x, 1.0], [2.0, x]]) @ Matrix([[1.0, x], [0.0, 1.0]])
    m[0, 1] = m[0, 1] - 1
    return m[0, 1] + m[1, 1]


class Interval:
    def __init__(self, lo, hi):
        self.lo, self.hi = lo, hi

    def __contains__(self, v):
        return self.lo <= v <= self.hi

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.lo
        yield self.hi


def in_an_interval(x):
    span = Interval(-1.0, 2.0)
    lo, hi = span
    return (x if x in span else hi if x > hi else lo) * len(span)


class Registry(dict):
    def register(self, f):
        self[f.__name__] = f
        return f


REGISTRY = Registry()


@REGISTRY.register
def relu_like(x):
    return x if x > 0 else x * 0.1


def looked_up(x):
    return REGISTRY["relu_like"](x)


def complex_by_hand(x):
    z, n = complex(0.3, 0.5), 0
    while abs(z) < 2 and n < 10:
        z = z * z + x
        n += 1
    return [z.real, z.imag, n]


def zipped_and_enumerated(x):
    total = 0.0
    for i, (a, b) in enumerate(zip([x, 1.0, -x], (1.0, x, 2.0)), start=1):
        if a > b:
            continue
        total += i * a * b
    return total


def suppressed_error(x):
    y = 1.0
    with contextlib.suppress(ZeroDivisionError):
        if x > 2:
            raise ZeroDivisionError
        y = 1 / (x + 5)
    return y


PROGRAMS = tuple(
    f
    for name, f in list(globals().items())
    if callable(f)
    and getattr(f, "__module__", "") == __name__
    and not isinstance(f, type)
    and name not in ("binomial", "squares", "scaled", "repeated", "halve_or_keep")
)
