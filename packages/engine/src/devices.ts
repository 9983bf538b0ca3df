import { didYouMean, PolytaskError } from '@polytask/base';
import { checkFinite } from './check-finite.ts';
import type { Device } from './device.ts';
import { isNode } from './devices/host.ts';
import { onnxNode, onnxWeb } from './devices/onnx.ts';
import { onnxCuda, onnxWebgpu } from './devices/onnx-gpu.ts';
import { type DeviceOptions, type Opener, reason } from './devices/opener.ts';
import { cpu, tfjsNode, wasm, webgl, webgpu } from './devices/tfjs.ts';

/** What can be asked for. `auto` and `onnx` take the best that loads here; the others are exactly themselves. */
export const deviceNames = [
  'auto',
  'onnx',
  'onnx-node',
  'onnx-webgpu',
  'onnx-cuda',
  'onnx-web',
  'tfjs',
  'tfjs-node',
  'webgpu',
  'webgl',
  'wasm',
  'cpu',
] as const;
export type DeviceName = (typeof deviceNames)[number];

const openers: Readonly<Record<Exclude<DeviceName, 'auto' | 'onnx' | 'tfjs'>, Opener>> = {
  'onnx-node': onnxNode,
  'onnx-webgpu': onnxWebgpu,
  'onnx-cuda': onnxCuda,
  'onnx-web': onnxWeb,
  'tfjs-node': tfjsNode,
  webgpu,
  webgl,
  wasm,
  cpu,
};

/** The first that opens; its description says which better ones did not, and why. */
async function first(names: readonly (keyof typeof openers)[], options: DeviceOptions): Promise<Device> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      const device = await openers[name](options);
      return failures.length === 0
        ? device
        : { ...device, description: `${device.description}; ${failures.join('; ')}` };
    } catch (error) {
      failures.push(`${name} is not available (${reason(error).replace(/\.$/, '')})`);
    }
  }
  throw new PolytaskError('usage', {
    code: 'E3101',
    message: `No device can be opened: ${failures.join('; ')}.`,
    fix: 'Run `polytask doctor`.',
  });
}

/**
 * Opens a device by name.
 *
 * - `onnx`, `auto`: onnxruntime-node; onnxruntime-web in a browser and where the native build cannot be loaded (its description says so)
 * - `tfjs`: tfjs-node-gpu or tfjs-node if installed and loadable, else `wasm`, else `cpu`; in a browser `webgpu` or `webgl` if the page
 *   brings that backend and has the GPU
 *
 * A GPU is used where it is named: `onnx-webgpu`, `onnx-cuda`, `webgpu`, `webgl`.
 *
 * @throws PolytaskError E3100 for an unknown name, E3101 to E3104 when it cannot be opened.
 */
export async function openDevice(name: string = 'auto', options: DeviceOptions = {}): Promise<Device> {
  if (!(deviceNames as readonly string[]).includes(name)) {
    throw new PolytaskError('usage', {
      code: 'E3100',
      path: 'device',
      message: `Unknown device "${name}".`,
      fix: didYouMean(name, deviceNames),
    });
  }
  const opened = await (name === 'auto' || name === 'onnx'
    ? first(isNode() ? ['onnx-node', 'onnx-web'] : ['onnx-web'], options)
    : name === 'tfjs'
      ? first(isNode() ? ['tfjs-node', 'wasm', 'cpu'] : ['webgpu', 'webgl', 'wasm', 'cpu'], options)
      : openers[name as keyof typeof openers](options));
  const device = options.checkFinite ? checkFinite(opened) : opened;
  if (!options.worker || device.description.includes('in a worker')) return device;
  return { ...device, description: `${device.description}; on the calling thread: workers are for onnxruntime-node` };
}

export type DeviceReport = { readonly name: string; readonly available: boolean; readonly detail: string };

/**
 * The devices that names stand for, whether each opens here, and what it is or why it does not.
 *
 * @param names some of `deviceNames`; all that are one device when left out.
 * @throws PolytaskError E3100 for an unknown name.
 */
export async function listDevices(
  names: readonly string[] = Object.keys(openers),
  options: DeviceOptions = {},
): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const name of names) {
    try {
      reports.push({ name, available: true, detail: (await openDevice(name, options)).description });
    } catch (error) {
      if (PolytaskError.is(error) && error.code === 'E3100') throw error;
      reports.push({ name, available: false, detail: reason(error) });
    }
  }
  return reports;
}
