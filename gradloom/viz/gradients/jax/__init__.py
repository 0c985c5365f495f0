"""Functions of JAX in the gradient debugger."""
