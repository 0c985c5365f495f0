"""Gives the tracer its operators, attributes and methods, once."""

from __future__ import annotations

from gradloom.frontend.numpy.ndarray import install_methods
from gradloom.frontend.numpy.operators import install_operators, install_operators_on_selected
from gradloom.frontend.numpy.selected import install_methods_on_selected

install_operators()
install_methods()
install_operators_on_selected()
install_methods_on_selected()
