import type { DeviceFinding } from './finding.ts';

export type Machine = { readonly platform: string; readonly arch: string; readonly isMusl: boolean };

/** What would make this machine faster, in words a user can act on. */
export function advice(devices: readonly DeviceFinding[], { platform, arch, isMusl }: Machine): string[] {
  const isUsable = (name: string) =>
    devices.some((device) => device.name === name && device.available && device.error === undefined);
  const lines: string[] = [];
  if (!isUsable('onnx-node')) {
    const reason = isMusl
      ? 'It has no build for musl (Alpine Linux): use a Debian-based image.'
      : platform === 'darwin' && arch === 'x64'
        ? 'It has no build for Macs with Intel processors; WebAssembly is what there is.'
        : platform === 'linux' && arch === 'x64'
          ? 'Install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node (its install script looks for CUDA libraries outside the npm registry, and npm leaves the package out where that fails).'
          : 'Install it: npm install onnxruntime-node';
    lines.push(`Native speed needs onnxruntime-node, which does not load here. ${reason}`);
  }
  if (!isUsable('tfjs-node'))
    lines.push(
      'To use tfjs with libtensorflow or a CUDA GPU: npm install @tensorflow/tfjs-node-gpu, then --device tfjs-node.',
    );
  return lines;
}
