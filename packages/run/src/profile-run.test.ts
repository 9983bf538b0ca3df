import { describe, expect, it } from 'vitest';
import { profileRun } from './profile-run.ts';
import { failure, temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';

describe('profileRun', () => {
  it('has times for encoder, heads, losses and optimizer, and ends before the first evaluation', async () => {
    const { steps, layers } = await profileRun(tinyRun(temporaryFolder()), { steps: 50 });

    expect(steps).toBe(6); // an epoch
    const found = new Map(layers.map((row) => [row.layer, row]));
    for (const layer of ['encoder/bag', 'heads.topic/logits', 'heads.sentiment/logits', 'losses.topic']) {
      expect(found.get(layer)?.forwardMs, `${layer} of ${[...found.keys()]}`).toBeGreaterThan(0);
      expect(found.get(layer)?.backwardMs, layer).toBeGreaterThan(0);
    }
    expect(found.get('optimizer')).toMatchObject({ backwardMs: 0 });
    const total = layers.map(({ forwardMs, backwardMs }) => forwardMs + backwardMs);
    expect(total).toEqual([...total].sort((a, b) => b - a));
  });

  it('takes as many steps as it is told, and sums up to a depth', async () => {
    const { steps, layers } = await profileRun(tinyRun(temporaryFolder()), { steps: 2, depth: 1 });

    expect(steps).toBe(2);
    expect(layers.map(({ layer }) => layer)).toEqual(
      expect.arrayContaining(['encoder', 'heads.topic', 'heads.sentiment', 'optimizer']),
    );
    expect(layers.every(({ layer }) => !layer.includes('/'))).toBe(true);
  });

  it('has the parts of a transformer by the paths of their parameters', async () => {
    const encoder = { type: 'transformer' as const, layers: 2, width: 8, heads: 2, hidden: 16, vocabulary: 200 };
    const { layers } = await profileRun(
      tinyRun(temporaryFolder(), { inputs: { text: { type: 'text', column: 'text', encoder } } }),
      { steps: 1 },
    );

    const backward = layers.filter(({ backwardMs }) => backwardMs > 0).map(({ layer }) => layer);
    expect(backward).toEqual(
      expect.arrayContaining([
        'encoder/tokens',
        'encoder/blocks.0/attention/norm',
        'encoder/blocks.0/attention/attention/query',
        'encoder/blocks.1/attention/attention/output',
        'encoder/norm',
      ]),
    );
  });

  it('refuses devices that have no profile', async () => {
    expect(await failure(() => profileRun(tinyRun(temporaryFolder(), { device: 'wasm' })))).toMatchObject({
      problems: [{ code: 'E3105', path: 'device' }],
    });
  });
});
