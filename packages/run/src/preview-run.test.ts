import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { prepare } from './prepare.ts';
import { previewRun } from './preview-run.ts';
import { temporaryFolder, tinyFile, tinyRows, tinyRun, writeRows } from './testing/tiny-run.fixture.ts';

type Clean = NonNullable<NonNullable<RunFile['data']>['clean']>;

describe('previewRun', () => {
  it('shows what training makes of the first rows', async () => {
    const rows = [
      ...tinyRows()
        .slice(0, 3)
        .map((row) => ({ ...row, text: `<i>${row.text}</i>` })),
      { ...tinyRows()[0], id: 'again' },
      ...tinyRows().slice(3),
    ];
    const file = tinyFile(writeRows(`${temporaryFolder()}/rows.jsonl`, rows));
    const clean: Clean = [
      { type: 'cleanText', columns: ['text'] },
      { type: 'dropDuplicateRows', columns: ['text'] },
    ];
    const run = defineRun({ ...file, data: { ...file.data, clean } });
    const preview = await previewRun(run, { rows: 5 });
    const { parts, specs, data } = await prepare(run);
    expect(preview.rows.map(({ id }) => id)).toEqual(['r0', 'r1', 'r2', 'again', 'r3']);
    const [first] = preview.rows;
    expect(first!.text).toEqual({ raw: `<i>${tinyRows()[0]!.text}</i>`, cleaned: data.examples[0]!.inputs.text });
    const ids = Array.from(parts.encoder.encode(data.examples[0]!.inputs.text!, specs.encoder) as Int32Array);
    expect(first!.encoded).toMatchObject({ ids, length: ids.length });
    expect(first!.encoded!.paddedTo).toBeGreaterThanOrEqual(ids.length);
    // r0 has no topic, and bad comes before good
    expect(first!.labels).toEqual([
      { task: 'topic', raw: null, cleaned: null, class: null },
      { task: 'sentiment', raw: 'good', cleaned: 'good', class: 1 },
    ]);
    const away = preview.rows.filter(({ setAside }) => setAside !== undefined);
    expect(away).toHaveLength(1);
    expect(['r0', 'again']).toContain(away[0]!.id);
    expect(preview.augmented).toEqual([]);
  });

  it('has the texts of tokens where there is a vocabulary, and a contact sheet of training examples alone', async () => {
    const encoder = { type: 'transformer', layers: 1, width: 8, heads: 1, vocabulary: 60, maxLength: 16 } as const;
    const inputs = {
      text: {
        type: 'text',
        column: 'text',
        encoder,
        augment: [
          { type: 'typoNoise', rate: 1 },
          { type: 'tokenDropout', unsafeFor: ['sentiment'] },
        ],
      },
    } as const;
    const { rows, augmented } = await previewRun(
      tinyRun(temporaryFolder(), { inputs: structuredClone(inputs) as never }),
      { rows: 30 },
    );
    expect(rows[0]!.encoded!.tokens!.at(0)).toBe('[CLS]');
    expect(rows[0]!.encoded!.tokens).toHaveLength(rows[0]!.encoded!.length);
    expect(augmented.map(({ id }) => id)).toEqual(rows.filter(({ part }) => part === 'train').map(({ id }) => id));
    const { original, augmented: steps } = augmented.find(({ id }) => id !== 'r1')!;
    expect(steps.map(({ name }) => name)).toEqual(['typoNoise', 'tokenDropout']);
    expect(steps[0]!.shown).not.toEqual(original);
    expect(steps[1]).toMatchObject({ shown: null, reason: expect.stringContaining('sentiment') });
  });

  it('refuses no rows', async () => {
    await expect(previewRun(tinyRun(temporaryFolder()), { rows: 0 })).rejects.toThrow(RangeError);
  });
});
