"""Random numbers from keys: the same key gives the same numbers, on every backend, at every call.

A key is an array of two u32 words, made by `key(seed)`. Nothing remembers it: `split` gives new
keys, `fold_in` one per number. Outside a trace results are numpy's; in a trace they are ops of the
graph. Bits, uniform numbers and integers are equal on every backend, and those of `jax.random` (its
default generator) where the docstring says so; normal numbers and their kin differ by at most 4
units in the last place.
"""

from gradloom.frontend.random.counts import poisson as poisson
from gradloom.frontend.random.discrete import bernoulli as bernoulli
from gradloom.frontend.random.discrete import categorical as categorical
from gradloom.frontend.random.discrete import rademacher as rademacher
from gradloom.frontend.random.discrete import randint as randint
from gradloom.frontend.random.families import cauchy as cauchy
from gradloom.frontend.random.families import exponential as exponential
from gradloom.frontend.random.families import gumbel as gumbel
from gradloom.frontend.random.families import laplace as laplace
from gradloom.frontend.random.families import logistic as logistic
from gradloom.frontend.random.gammas import beta as beta
from gradloom.frontend.random.gammas import dirichlet as dirichlet
from gradloom.frontend.random.gammas import gamma as gamma
from gradloom.frontend.random.keys import bits as bits
from gradloom.frontend.random.keys import fold_in as fold_in
from gradloom.frontend.random.keys import key as key
from gradloom.frontend.random.keys import split as split
from gradloom.frontend.random.normal import normal as normal
from gradloom.frontend.random.normal import truncated_normal as truncated_normal
from gradloom.frontend.random.order import choice as choice
from gradloom.frontend.random.order import permutation as permutation
from gradloom.frontend.random.uniform import uniform as uniform
