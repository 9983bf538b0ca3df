import { tmpdir } from 'node:os';
import { deviceNames } from '@polytask/engine';
import { expect, it } from 'vitest';
import { lastLine, polytask } from '../testing/polytask.ts';
import type { DeviceFinding } from './finding.ts';

type Report = { readonly devices: readonly DeviceFinding[]; readonly threads: number };
const cwd = tmpdir();

it('says of every device how it fared, or why it is not available', async () => {
  const { devices } = lastLine<Report>(await polytask(['doctor', '--json'], { cwd }));

  expect(devices.map(({ name }) => name)).toEqual(
    deviceNames.filter((name) => !['auto', 'onnx', 'tfjs'].includes(name)),
  );
  for (const { name, available, detail, probe, error } of devices) {
    expect(detail, name).not.toBe('');
    expect(probe !== undefined, `${name}: ${error}`).toBe(available);
    if (probe) {
      expect(probe.matrixProductError, name).toBeLessThan(0.1);
      // the same program from the same numbers
      expect(probe.losses[0], name).toBeCloseTo(1.83, 2);
      expect(probe.losses[1], name).toBeLessThan(probe.losses[0]);
    }
  }
  expect(devices.find(({ name }) => name === 'wasm')?.available).toBe(true);
}, 120_000);

it('tries one device alone', async () => {
  const ended = await polytask(['doctor', '--device', 'cpu', '--json'], { cwd });

  expect(lastLine<Report>(ended).devices.map(({ name, probe }) => [name, probe !== undefined])).toEqual([
    ['cpu', true],
  ]);
  expect(ended.code).toBe(0);
}, 60_000);

it('fails where the named device does not work, and for a name that is none', async () => {
  // a backend for browsers
  const absent = await polytask(['doctor', '--device', 'webgl'], { cwd });
  const unknown = await polytask(['doctor', '--device', 'wams'], { cwd });

  expect([absent.code, unknown.code]).toEqual([2, 2]);
  expect(absent.out).toContain('browsers');
  expect(absent.err).toContain('webgl does not work here');
  expect(unknown.err).toContain('Did you mean "wasm"?');
}, 60_000);
