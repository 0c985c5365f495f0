"""Keras models, and functions of TensorFlow's tensors, in the gradient debugger."""
