"""ONNX, written straight from the graph; and ONNX models read back as graphs."""
