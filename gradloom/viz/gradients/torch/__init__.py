"""torch modules, and functions of torch tensors, in the gradient debugger."""
