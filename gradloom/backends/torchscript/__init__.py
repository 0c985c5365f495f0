"""TorchScript: the emitted torch source in the part of Python that `torch.jit.script` reads."""
