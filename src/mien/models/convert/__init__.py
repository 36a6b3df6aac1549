"""Foreign weights to plain ONNX: one file per format."""
