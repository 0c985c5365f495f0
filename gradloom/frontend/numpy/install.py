"""Gives the tracer its operators, attributes and methods, once."""

from __future__ import annotations

from gradloom.frontend.numpy.ndarray import install_methods
from gradloom.frontend.numpy.operators import install_operators

install_operators()
install_methods()
