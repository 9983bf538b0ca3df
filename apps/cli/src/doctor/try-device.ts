import { spawn } from 'node:child_process';
import { listDevices, openDevice } from '@polytask/engine';
import type { DeviceFinding } from './finding.ts';
import { placementOf } from './placement.ts';
import { probe } from './probe.ts';

/** Native libraries of GPUs print on stderr as they like, and end the process where a driver is broken: these have one of their own. */
const foreign = new Set(['onnx-webgpu', 'onnx-cuda', 'tfjs-node']);
const hasPlaces = new Set(['onnx-webgpu', 'onnx-cuda']);

export const tryDevice = (name: string): Promise<DeviceFinding> => (foreign.has(name) ? tryApart(name) : tryHere(name));

/** Opens a device in this process and computes with it. */
export async function tryHere(name: string): Promise<DeviceFinding> {
  const [report] = await listDevices([name]);
  const { available, detail } = report!;
  if (!available) return { name, available, detail };
  try {
    const found = { name, available, detail, probe: await probe(await openDevice(name)) };
    return hasPlaces.has(name) ? { ...found, placement: await placementOf(name) } : found;
  } catch (error) {
    return { name, available, detail, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The same in a process of its own, which asks this command about the one device. */
async function tryApart(name: string): Promise<DeviceFinding> {
  const words = [...process.execArgv, process.argv[1]!, 'doctor', '--device', name, '--json', '--quiet'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const ended = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => resolve(`its process ended with ${signal ?? `exit code ${code}`}`));
  });
  for (const line of out.split('\n')) {
    const devices = line.startsWith('{') ? (JSON.parse(line) as { devices?: DeviceFinding[] }).devices : undefined;
    if (devices) return devices[0]!;
  }
  return { name, available: true, detail: 'tried in a process of its own', error: ended };
}
