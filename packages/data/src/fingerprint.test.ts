import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Example } from './example.ts';
import { fingerprint } from './fingerprint.ts';

const example = (id: string, change: Partial<Example> = {}): Example => ({
  id,
  row: 1,
  inputs: { text: 'x' },
  labels: { a: '1', b: null },
  ...change,
});

describe('fingerprint', () => {
  it('is SHA-256 of the number of examples and the digests of its blocks', async () => {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const block = hash('["é",[["text","x"]],[["a","1"],["b",null]]]');
    expect(await fingerprint([example('é')])).toBe(`sha256:${hash(`1\n${block}`)}`);
  });

  it('does not depend on the order of columns or on row numbers', async () => {
    const one = await fingerprint([example('i', { inputs: { p: '1', q: '2' } })]);
    expect(await fingerprint([example('i', { row: 9, inputs: { q: '2', p: '1' }, labels: { b: null, a: '1' } })])).toBe(
      one,
    );
  });

  it('changes with any id, text, label or order', async () => {
    const examples = Array.from({ length: 1500 }, (_, at) => example(`i${at}`));
    const changed = [
      examples.with(1400, example('other')),
      examples.with(3, example('i3', { inputs: { text: 'x ' } })),
      examples.with(3, example('i3', { labels: { a: 1, b: null } })),
      examples.with(3, example('i3', { labels: { a: '1', b: '' } })),
      examples.with(3, example('i3', { columns: { patient: 'p1' } })),
      examples.toReversed(),
      examples.slice(1),
      [],
    ];
    const prints = await Promise.all([examples, ...changed].map(fingerprint));
    expect(new Set(prints).size).toBe(prints.length);
  });
});
