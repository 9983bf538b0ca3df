export { checkFinite } from './check-finite.ts';
export {
  type Answers,
  type CompileOptions,
  compile,
  type Given,
  handOver,
  type Outside,
  type Program,
  peek,
  type Result,
  read,
} from './compile.ts';
export type { Device, DynamicProgram, Executable } from './device.ts';
export type { DeviceOptions } from './devices/opener.ts';
export { type DeviceName, type DeviceReport, deviceNames, listDevices, openDevice } from './devices.ts';
export type { DynamicAxes } from './dynamic.ts';
export { type GatheredRows, gatheredRows } from './gathered-rows.ts';
export type { Graph, Node, Value } from './graph.ts';
export { type LayerTime, type LayerTimesOptions, layerTimes } from './layer-times.ts';
export { onnxDevice } from './onnx/device.ts';
export { type ExportedModel, type ExportOptions, exportOnnx } from './onnx/export.ts';
export { distances, reaches } from './reach.ts';
export { Resident } from './resident.ts';
export { tfjsDevice } from './tfjs/device.ts';
