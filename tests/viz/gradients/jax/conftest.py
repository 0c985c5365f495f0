"""JAX with the types that a test is about, whatever ran before it."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def narrow() -> Iterator[None]:
    """JAX as it comes, without 64-bit types."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(False):
        yield
