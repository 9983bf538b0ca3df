import { join } from 'node:path';
import { expect, it } from 'vitest';
import { failure, temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

it('says where a training that diverges made the first number that is not finite', async () => {
  const folder = temporaryFolder();
  const run = tinyRun(folder, {
    train: { epochs: 1, batch: 8, optimizer: { type: 'sgd', learningRate: 1e30 } },
  });
  const out = join(folder, 'runs');

  const plain = await failure(() => trainRun(run, { out }));
  const traced = await failure(() => trainRun(run, { out, checkFinite: true }));

  expect(plain.problems[0]).toMatchObject({ code: 'E4001', fix: expect.stringContaining('--trace-nan') });
  expect(traced.kind).toBe('diverged');
  expect(traced.problems[0]!.code).toBe('E3201');
  expect(traced.problems[0]!.message).toMatch(
    /in the layer (encoder|heads|losses|optimizer).* makes .* from finite numbers \(at /,
  );
});
