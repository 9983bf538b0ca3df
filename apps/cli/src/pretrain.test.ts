import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastLine, polytask } from './testing/polytask.ts';

let folder = '';
const words = [
  ['goal', 'team', 'match', 'coach'],
  ['bank', 'stock', 'market', 'loan'],
] as const;
const runFile = `version: 1
name: small
data: { source: rows.jsonl, id: id }
inputs:
  text:
    type: text
    column: text
    encoder: { type: bert, layers: 1, width: 16, heads: 2, vocabulary: 80, maxLength: 16 }
tasks: { topic: { type: classify, column: topic } }
pretrain: { batch: 16, learningRate: 1e-2, evaluate: 10 }
train: { epochs: 1, batch: 16 }
device: onnx
threads: 1
`;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytask-cli-'));
  const rows = Array.from({ length: 60 }, (_, at) => {
    const own = words[at % 2]!;
    const text = Array.from({ length: 6 }, (_, place) => own[(at * 3 + place * (1 + (at % 3))) % 4]).join(' ');
    return JSON.stringify({ id: `r${at}`, text: `${text} n${at}`, topic: at % 2 === 0 ? 'sports' : 'money' });
  });
  await writeFile(join(folder, 'rows.jsonl'), rows.join('\n'));
  await writeFile(join(folder, 'run.yaml'), runFile);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (words: readonly string[], interruptAt?: string) =>
  polytask(words, { cwd: folder, ...(interruptAt !== undefined && { interruptAt }) });

describe('polytask pretrain', () => {
  it('writes a folder that training starts from, and says how well hidden tokens are guessed', async () => {
    const ended = await run(['pretrain', 'run.yaml', '--out', 'models/small', '--steps', '20', '--json']);
    expect(ended.code).toBe(0);
    expect(ended.err).toMatch(
      /step 20\/20 {2}held out: loss \d\.\d+ {2}perplexity \d+(\.\d+)? {2}guessed \d+(\.\d+)? % {2}halves found \d+/,
    );
    const { steps, before, after } = lastLine<{ steps: number; before: { loss: number }; after: { loss: number } }>(
      ended,
    );
    expect(steps).toBe(20);
    expect(after.loss).toBeLessThan(before.loss);
    expect(await readdir(join(folder, 'models/small'))).toContain('model.safetensors');
    const trained = await run([
      'train',
      'run.yaml',
      '--set',
      'inputs.text.encoder.folder=models/small',
      '--json',
      '--quiet',
    ]);
    expect(trained.code).toBe(0);
    const exported = await run(['export', 'latest', '--encoder', 'models/tuned', '--json']);
    expect(exported.code).toBe(0);
    expect((await readdir(join(folder, 'models/tuned'))).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'vocab.txt',
    ]);

    const again = await run(['pretrain', 'run.yaml', '--out', 'models/small', '--quiet']);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('E1221') });
  });

  it('ends early when it is interrupted, with what it learned, and shows how to go on', async () => {
    const ended = await run(['pretrain', 'run.yaml', '--out', 'models/early', '--steps', '5000'], 'step 10/5,000');
    expect(ended.code).toBe(5);
    expect(ended.out).toMatch(/^Interrupted after \d+ steps/);
    expect(ended.out).toContain('Next: polytask train run.yaml --set inputs.text.encoder.folder=models/early');
    expect(await readdir(join(folder, 'models/early'))).toContain('model.safetensors');
  });

  it('needs a folder to write and a BERT encoder', async () => {
    expect((await run(['pretrain', 'run.yaml'])).code).toBe(2);
    const ended = await run(['pretrain', 'run.yaml', '--out', 'x', '--set', 'inputs.text.encoder={"type":"ngrams"}']);
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('E1220 inputs.text.encoder.type') });
  });
});
