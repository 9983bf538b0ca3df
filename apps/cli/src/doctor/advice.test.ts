import { expect, it } from 'vitest';
import { advice } from './advice.ts';

const linux = { platform: 'linux', arch: 'x64', isMusl: false };
const probe = { matrixProductMs: 1, matrixProductError: 0, trainingStepMs: 1, losses: [2, 1] as const };
const works = (name: string) => ({ name, available: true, detail: '', probe });

it('has nothing to say when everything works', () => {
  expect(advice([works('onnx-node'), works('tfjs-node')], linux)).toEqual([]);
});

it('says how to get native speed, or why this machine cannot', () => {
  const [onLinux, onArm, onMusl, onIntelMac] = [
    linux,
    { ...linux, arch: 'arm64' },
    { ...linux, isMusl: true },
    { ...linux, platform: 'darwin' },
  ].map((machine) => advice([works('tfjs-node')], machine)[0]);
  // npm leaves the package out where its install script cannot download
  expect(onLinux).toContain('ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node');
  expect(onArm).toMatch(/Install it: npm install onnxruntime-node$/);
  expect(onMusl).toContain('Debian');
  expect(onIntelMac).toContain('Intel');
});

it('takes a device that opens and computes wrongly for none', () => {
  expect(
    advice([{ ...works('onnx-node'), error: 'a matrix product is wrong' }, works('tfjs-node')], linux),
  ).toHaveLength(1);
});
