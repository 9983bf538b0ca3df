import { PolytaskError } from '@polytask/base';
import { expect, test } from 'vitest';
import { listDevices, openDevice } from './devices.ts';

test('an unknown device is an error that suggests the nearest name', async () => {
  const error = await openDevice('onxx').catch((reason: unknown) => reason);

  expect(PolytaskError.is(error) && error.message).toContain('Did you mean "onnx"?');
});

test('every device says what it is or why it cannot be opened', async () => {
  const reports = await listDevices();

  expect(reports.map(({ name }) => name)).toEqual([
    'onnx-node',
    'onnx-webgpu',
    'onnx-cuda',
    'onnx-web',
    'tfjs-node',
    'webgpu',
    'webgl',
    'wasm',
    'cpu',
  ]);
  for (const { name, available, detail } of reports) {
    expect(detail, name).not.toContain('/packages/');
    if (['onnx-web', 'wasm', 'cpu'].includes(name)) expect(available, detail).toBe(true);
  }
});

test('`auto` takes the best that opens, and `tfjs` a tfjs backend', async () => {
  expect(['onnx', 'onnx-web']).toContain((await openDevice('auto')).name);
  expect(['tfjs-node', 'wasm', 'cpu']).toContain((await openDevice('tfjs')).name);
});

test('a device that falls back says what is missing', async () => {
  const reports = await listDevices();
  const isNative = reports.find(({ name }) => name === 'tfjs-node')!.available;

  const { description } = await openDevice('tfjs');

  expect(description.includes('tfjs-node is not available')).toBe(!isNative);
});
