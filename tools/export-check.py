"""Opens an ONNX file: checks it, and prints its metadata and, given inputs as JSON, its outputs."""

import json
import sys

import numpy
import onnx
import onnxruntime

path, *inputs = sys.argv[1:]
onnx.checker.check_model(onnx.load(path))
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
result = {
    "versions": f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
    "metadata": session.get_modelmeta().custom_metadata_map,
}
if inputs:
    feeds = {name: numpy.array(value, dtype=numpy.int32) for name, value in json.loads(inputs[0]).items()}
    names = [output.name for output in session.get_outputs()]
    result["outputs"] = {name: value.tolist() for name, value in zip(names, session.run(names, feeds))}
print(json.dumps(result))
