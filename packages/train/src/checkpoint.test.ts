import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostTensor } from '@polytask/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Checkpoint, keepNewest, latestCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytask-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const checkpoint = (step: number): Checkpoint => ({
  tensors: {
    weights: new Map([['w', hostTensor('float32', [2], [step, 0.1])]]),
    optimizer: new Map([['0.count', hostTensor('float32', [], [step])]]),
  },
  state: { step, balancer: { logVariances: [0.1 + 0.2] } },
});

test('what was written is read back, numbers to the last bit', async () => {
  await writeCheckpoint(join(folder, 'ckpt-3'), checkpoint(3));

  expect(await readCheckpoint(join(folder, 'ckpt-3'))).toEqual(checkpoint(3));
});

test('equal checkpoints are equal byte for byte', async () => {
  await writeCheckpoint(join(folder, 'a'), checkpoint(3));
  await writeCheckpoint(join(folder, 'b'), checkpoint(3));

  for (const name of await readdir(join(folder, 'a'))) {
    expect(await readFile(join(folder, 'a', name))).toEqual(await readFile(join(folder, 'b', name)));
  }
});

test('a checkpoint replaces an older one of the same name', async () => {
  await writeCheckpoint(join(folder, 'best'), checkpoint(1));
  await writeCheckpoint(join(folder, 'best'), checkpoint(2));

  expect((await readCheckpoint(join(folder, 'best'))).state).toEqual(checkpoint(2).state);
  expect(await readdir(folder)).toEqual(['best']);
});

test.each([
  ['truncated', (path: string) => truncate(join(path, 'weights.safetensors'), 10)],
  [
    'changed',
    async (path: string) =>
      writeFile(join(path, 'state.json'), (await readFile(join(path, 'state.json'), 'utf8')).replace('5', '6')),
  ],
  ['without a file', (path: string) => rm(join(path, 'optimizer.safetensors'))],
  ['without its manifest', (path: string) => rm(join(path, 'manifest.json'))],
])('a checkpoint %s is refused, and the one before it is the latest', async (_, damage) => {
  await writeCheckpoint(join(folder, 'ckpt-4'), checkpoint(4));
  await writeCheckpoint(join(folder, 'ckpt-5'), checkpoint(5));
  await damage(join(folder, 'ckpt-5'));

  await expect(readCheckpoint(join(folder, 'ckpt-5'))).rejects.toMatchObject({ code: 'E6101' });
  expect((await latestCheckpoint(folder))?.step).toBe(4);
});

test('the latest is the one with the highest number, not the last by name', async () => {
  for (const step of [9, 10]) await writeCheckpoint(join(folder, `ckpt-${step}`), checkpoint(step));

  expect((await latestCheckpoint(folder))?.step).toBe(10);
});

test('without any checkpoint there is no latest', async () => {
  expect(await latestCheckpoint(join(folder, 'nowhere'))).toBeUndefined();
});

test('old checkpoints and torn writes are cleaned up', async () => {
  for (const step of [1, 2, 10]) await writeCheckpoint(join(folder, `ckpt-${step}`), checkpoint(step));
  await mkdir(join(folder, 'ckpt-11.writing-1'));

  await keepNewest(folder, 2);

  expect((await readdir(folder)).sort()).toEqual(['ckpt-10', 'ckpt-2']);
});
