"""Gives the tracer its operators and methods, once."""

from __future__ import annotations

from gradloom.frontend.numpy.ufuncs import install_operators

install_operators()
