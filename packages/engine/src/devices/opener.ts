import { PolytaskError } from '@polytask/base';
import type { Device } from '../device.ts';

export type DeviceOptions = {
  /**
   * Threads of ONNX Runtime. Default: one per core. Numbers may differ in the last bits between thread counts. In a browser, pages that are
   * not cross-origin isolated have one; all devices `onnx-web` of a process share the threads of the first.
   */
  readonly threads?: number;
  /** Writes an ONNX Runtime profile with this file prefix when the device's sessions are released. */
  readonly profile?: string;
  /**
   * Computes in a thread of its own, so that timers, servers and user interfaces go on meanwhile; the numbers are the same. Parameters that
   * are `resident` live there, batches are copied. Compiling stays on the calling thread. For onnxruntime-node: other devices compute on the
   * calling thread, and their description says so.
   */
  readonly worker?: boolean;
  /** Fails where a program's results are not finite, and names the call, the layer and the line where that began: see `checkFinite`. */
  readonly checkFinite?: boolean;
  /** In a browser: the folder, ending in `/`, that the .wasm files of ONNX Runtime and of tfjs are served from. Default: where the script is. */
  readonly wasmPaths?: string;
};

export type Opener = (options: DeviceOptions) => Promise<Device>;

/** Why something did not open, in one line. */
export const reason = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  if (PolytaskError.is(error)) return error.problems[0]!.message;
  return (message ?? String(error)).split('\n')[0]!;
};

/** A device that is known and cannot be opened here. */
export const unavailable = (code: 'E3102' | 'E3103' | 'E3104', message: string): PolytaskError =>
  new PolytaskError('usage', { code, path: 'device', message, fix: '`polytask doctor` lists the others.' });
