import { onnxDevice } from '../onnx/device.ts';
import { processors } from './host.ts';
import { nativeRuntime, webRuntime } from './onnx-runtimes.ts';
import type { Opener } from './opener.ts';

export const onnxNode: Opener = async ({ threads = processors(), profile, worker = false }) => {
  const { remark, ...runtime } = await nativeRuntime(worker);
  return onnxDevice({
    name: 'onnx',
    description: `ONNX Runtime, native, ${threads} threads${remark ? `, ${remark}` : ''}`,
    ...runtime,
    threads,
    fillsOutputs: true,
    blockedConvolutions: true,
    ...(profile && { profile }),
  });
};

export const onnxWeb: Opener = async (options) => {
  const { runtime, threads } = await webRuntime(options, 'wasm');
  return onnxDevice({
    name: 'onnx-web',
    description: `ONNX Runtime, WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    runtime,
    threads,
    fillsOutputs: false,
    ...(options.profile && { profile: options.profile }),
  });
};
