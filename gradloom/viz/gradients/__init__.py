"""The gradient debugger: layers, the gradients that flow between them, an input to edit."""
