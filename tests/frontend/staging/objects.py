"""Programs whose objects decide by traced values: operators, properties, descriptors, managers."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import enum
import functools
import typing


class Vec:
    def __init__(self, v):
        self.v = v

    def __add__(self, o):
        if self.v > 0:
            return Vec(self.v + o.v)
        return Vec(self.v - o.v)

    def __neg__(self):
        return Vec(-self.v if self.v > 1 else self.v)

    def __getitem__(self, i):
        if self.v > i:
            return self.v * 2
        return self.v

    def __len__(self):
        return 3

    def __call__(self, x):
        if x > self.v:
            return x
        return self.v

    def __contains__(self, x):
        return x > self.v

    def __eq__(self, o):
        if self.v > o.v:
            return self.v - o.v < 1
        return o.v - self.v < 1

    __hash__ = None

    def __bool__(self):
        return self.v > 0

    def __iter__(self):
        for i in range(3):
            yield (self.v * i)

    @property
    def size(self):
        if self.v > 0:
            return self.v
        return -self.v

    @functools.cached_property
    def big(self):
        return self.v * 10 if self.v > 0 else self.v * 100

    @classmethod
    def make(cls, x):
        return cls(x if x > 0 else x - 1)

    @staticmethod
    def clip(x):
        while x > 1:
            x = x / 2
        return x

    def __enter__(self):
        self.old = self.v
        if self.v > 0:
            self.v = self.v + 1
        return self

    def __exit__(self, *a):
        if self.v > 0:
            self.v = self.old

    def __lt__(self, o):
        return self.v < o.v

    def __float__(self):
        return float(self.v)

    def __matmul__(self, o):
        return self.v * o.v if self.v > o.v else self.v / o.v

    def __iadd__(self, o):
        if o > 0:
            self.v = self.v + o
        return self

    def __setitem__(self, k, x):
        if x > 0:
            self.v = x

    def __getattr__(self, n):
        if n.startswith("_"):
            raise AttributeError(n)
        if n == "foo":
            return self.v if self.v > 0 else 0.0
        raise AttributeError(n)


class Desc:
    def __get__(self, obj, owner):
        if obj is None:
            return self
        return obj.q if obj.q > 0 else 0.0

    def __set__(self, obj, x):
        if x > 1:
            x = 1.0
        obj.q = x


class Has:
    d = Desc()

    def __init__(self, q):
        self.d = q


def adds(x):
    return (Vec(x) + Vec(2.0)).v


def negates(x):
    return (-Vec(x)).v


def takes_an_item(x):
    return Vec(x)[1]


def calls_an_object(x):
    return Vec(1.0)(x)


def asks_what_is_in_it(x):
    return 1.0 if x in Vec(0.5) else 2.0


def asks_what_is_not_in_it(x):
    return 1.0 if x not in Vec(0.5) else 2.0


def compares_objects(x):
    return 1.0 if Vec(x) == Vec(0.5) else 2.0


def goes_through_an_object(x):
    return sum(Vec(x))


def reads_a_property(x):
    return Vec(x).size


def reads_a_cached_property(x):
    v = Vec(x)
    return v.big + v.big


def calls_a_class_method(x):
    return Vec.make(x).v


def calls_a_static_method(x):
    return Vec.clip(x)


def enters_and_leaves(x):
    with Vec(x) as v:
        y = v.v * 2
    return y + v.v


def sets_and_reads_a_descriptor(x):
    h = Has(x)
    return h.d


def multiplies_objects(x):
    return Vec(x) @ Vec(2.0)


def adds_in_place(x):
    v = Vec(1.0)
    v += x
    return v.v


def sets_an_item(x):
    v = Vec(1.0)
    v[0] = x
    return v.v


def finds_a_missing_attribute(x):
    return Vec(x).foo


G = Vec(3.0)


def reads_an_object_of_the_module(x):
    G2 = G
    return G.size + x


class Model:
    def __init__(self):
        self.layers = [Layer(1.0), Layer(2.0)]

    @property
    def out(self):
        return self

    def __call__(self, x):
        for l in self.layers:
            x = l @ x
        return x


class Layer:
    def __init__(self, w):
        self.w = w

    def __matmul__(self, x):
        return self.w * x if x > 0 else 0.1 * x


M = Model()


def calls_a_model(x):
    return M(x)


def reduces_over_layers(x):
    return functools.reduce(lambda a, l: l @ a, M.layers, x)


@functools.singledispatch
def sd(x):
    return x if x > 0 else -x


@sd.register
def _(x: Vec):
    return x.v if x.v > 0 else 0.0


def dispatches(x):
    return sd(x) + sd(Vec(x))


@dataclasses.dataclass
class P:
    a: object
    b: object = 1.0

    def __post_init__(self):
        if self.a > 1:
            self.b = 2.0

    def __mul__(self, o):
        return P(self.a * o if o > 0 else self.a)


def changes_after_init(x):
    p = P(x) * x
    return p.a + p.b


@dataclasses.dataclass(frozen=True, slots=True)
class S:
    a: object
    b: object = dataclasses.field(default=1.0)

    def __post_init__(self):
        if self.a > 1:
            object.__setattr__(self, "b", 2.0)

    @property
    def n(self):
        return self.a if self.a > 0 else -self.a


def changes_a_frozen_object(x):
    return S(x).n + S(x).b


def deco(f):

    @functools.wraps(f)
    def w(*a, **k):
        r = f(*a, **k)
        return r if r > 0 else 0.0

    return w


@deco
def decorated(x):
    return x * 2 if x < 5 else x


def calls_lambdas_of_a_list(x):
    fs = [lambda v, k=k: v * k if v > k else v for k in range(3)]
    return sum(f(x) for f in fs)


def calls_an_inner_function(x):

    def g(v):
        nonlocal_ = v
        if v > 0:
            return v
        return -v

    return [g(x * i) for i in (1, -1)]


class NT(typing.NamedTuple):
    a: object
    b: object

    @property
    def m(self):
        return self.a if self.a > self.b else self.b


def reads_a_property_of_a_named_tuple(x):
    return NT(x, 1.0).m


class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...

    def __add__(self, o):
        return self.f() + o if o > 0 else self.f()


class Child(Base):
    def __init__(self, x):
        self.x = x

    def f(self):
        return self.x

    def __add__(self, o):
        return super().__add__(o) * 2


def calls_the_base(x):
    return Child(x) + x


def orders_objects(x):
    vs = [Vec(2.0), Vec(1.0)]
    return vs[0].v if vs[0] < Vec(x) else vs[1].v


def largest_by_a_key(x):
    return max([x, 2.0], key=lambda v: -v if v > 1 else v)


class Poly:
    def __init__(self, *c):
        self.c = c

    def __call__(self, x):
        return sum((c * x**i for i, c in enumerate(self.c)))

    def __sub__(self, o):
        return Poly(*[a - b for a, b in zip(self.c, o.c)])


def subtracts_polynomials(x):
    return (Poly(1.0, 2.0, x) - Poly(0.0, 1.0, 1.0))(x)


def argobj(x, m):
    return m.size * x


class Reg:
    items = {}

    def __init_subclass__(cls, **k):
        Reg.items[cls.__name__] = cls


class R1(Reg):
    def go(self, x):
        return x if x > 0 else 2 * x


def finds_a_class_by_name(x):
    return Reg.items["R1"]().go(x)


class Color(enum.Enum):
    R = 1
    G = 2

    @property
    def w(self):
        return self.value * 2

    def scale(self, x):
        return x * self.w if x > 0 else x


def scales_by_an_enum(x):
    return Color.R.scale(x) + Color.G.scale(x)


class Timer:
    def __init__(self):
        self.n = 0

    def __enter__(self):
        self.n += 1
        return self

    def __exit__(self, *exc):
        return False


def enters_a_timer(x):
    t = Timer()
    with t:
        if x > 0:
            x = x * 2
        else:
            x = -x
    return x + t.n


@contextlib.contextmanager
def cm(v):
    yield (v + 1)


def enters_a_generator(x):
    with cm(x) as v:
        if v > 0:
            return v
    return x


PROGRAMS = (
    adds, negates, takes_an_item, calls_an_object, asks_what_is_in_it, asks_what_is_not_in_it,
    compares_objects, goes_through_an_object, reads_a_property, reads_a_cached_property,
    calls_a_class_method, calls_a_static_method, enters_and_leaves, sets_and_reads_a_descriptor,
    multiplies_objects, adds_in_place, sets_an_item, finds_a_missing_attribute,
    reads_an_object_of_the_module, calls_a_model, reduces_over_layers, dispatches,
    changes_after_init, changes_a_frozen_object, decorated, calls_lambdas_of_a_list,
    calls_an_inner_function, reads_a_property_of_a_named_tuple, calls_the_base, orders_objects,
    largest_by_a_key, subtracts_polynomials, finds_a_class_by_name, scales_by_an_enum,
    enters_a_timer, enters_a_generator,
)  # fmt: skip
