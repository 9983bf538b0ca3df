import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, hostTensor, key, uniform } from '@polytask/base';
import { encodePng } from '@polytask/data';
import type { Classification, DetectPrediction, LabelSetPrediction } from '@polytask/heads';
import { describe, expect, test } from 'vitest';
import { checkRun } from './check-run.ts';
import { defineRun } from './config/define-run.ts';
import type { TagPrediction } from './config/run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { failure, temporaryFolder, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const out = join(folder, 'runs');
const draw = (seed: number, count: number): Float64Array | Float32Array => uniform(fold(key(9), seed), count) as never;

/** Trains a run once, and once more with a break, which must make no difference. */
async function trainedTwice(file: RunFile, at: number) {
  const whole = await trainRun(defineRun(file), { out });
  const controller = new AbortController();
  const cut = await trainRun(defineRun(file), {
    out,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === at) controller.abort();
    },
  });
  expect(cut.reason).toBe('interrupted');
  expect((await resumeRun(cut.folder)).test).toEqual(whole.test);
  return whole;
}

const common = { version: 1, seed: 3, device: 'onnx', threads: 1 } as const;

describe('sets of labels', () => {
  const names = ['red', 'round', 'heavy'];
  const rows = Array.from({ length: 120 }, (_, at) => {
    const has = names.filter((_, place) => (at >> place) % 2 === 1);
    return {
      text: [...has, `n${at}`].join(' '),
      list: has,
      joined: has.length === 0 ? ';' : has.join(';'),
      red: has.includes('red') ? 1 : 0,
      round: at % 5 === 0 ? null : has.includes('round'),
      heavy: has.includes('heavy') ? 'yes' : 'no',
    };
  });
  const file = (changes: Partial<RunFile> = {}): RunFile => ({
    ...common,
    name: 'sets',
    data: { source: writeRows(join(folder, 'sets.jsonl'), rows) },
    inputs: {
      text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 512, width: 16, dropout: 0.1 } },
    },
    tasks: {
      list: { type: 'multiLabel', column: 'list', metrics: ['microF1', 'subsetAccuracy', 'hammingLoss', 'jaccard'] },
      joined: { type: 'multiLabel', column: 'joined', separator: ';', classWeights: 'balanced' },
      answers: { type: 'multiLabel', columns: ['red', 'round', 'heavy'], threshold: { heavy: 0.4 } },
    },
    train: { epochs: 12, batch: 16, optimizer: { type: 'adam', learningRate: 0.05 } },
    ...changes,
  });

  test('are learnt from lists, texts and columns, resumed, predicted and judged', async () => {
    const { folder: run, test: scores, majority } = await trainedTwice(file(), 20);
    expect(scores!.list!.metrics.microF1).toBeGreaterThan(0.9);
    expect(scores!.joined!.metrics.macroF1).toBeGreaterThan(0.9);
    expect(scores!.answers!.metrics.microF1).toBeGreaterThan(0.9);
    expect(Object.keys(scores!.list!.metrics)).toEqual(['microF1', 'subsetAccuracy', 'hammingLoss', 'jaccard']);
    // half of the examples have each label: nothing that looks at no text is right about all
    expect(majority!.list!.metrics.subsetAccuracy).toBeLessThan(0.5);
    await using opened = await openRun(run);
    expect(opened.labels.answers).toEqual(['heavy', 'red', 'round']);
    const [first, second] = await opened.predict(['round red n3', 'n8']);
    const of = (prediction: typeof first, task: string) => prediction!.tasks[task] as LabelSetPrediction;
    expect([...of(first, 'list').labels].sort()).toEqual(['red', 'round']);
    expect([...of(first, 'answers').labels].sort()).toEqual(['red', 'round']);
    expect(of(second, 'joined').labels).toEqual([]);
    expect(of(second, 'joined').probabilities.red).toBeLessThan(0.5);
    expect((await opened.evaluate()).tasks.list!.metrics).toEqual(scores!.list!.metrics);
    const { tasks } = await checkRun(defineRun(file()), { out });
    expect(tasks.list!.labels).toEqual(['heavy', 'red', 'round']);
  }, 30_000);

  test('that are none are bad rows, and tasks need a column or columns', async () => {
    const bad = writeRows(join(folder, 'bad-sets.jsonl'), [
      ...rows,
      { text: 'x', list: [['red']], joined: ';', red: 1, round: 0, heavy: 3 },
    ]);
    const error = await failure(() =>
      trainRun(defineRun(file({ data: { source: bad, bad: { maxFraction: 0 } } })), { out }),
    );
    expect(error.problems).toMatchObject([{ code: 'E2208' }, { code: 'E2340', path: 'list', row: 121 }]);
    const of = (task: object) => () => defineRun(file({ tasks: { list: { type: 'multiLabel', ...task } } as never }));
    expect(of({})).toThrow('Missing: expected column, or columns of 0 and 1.');
    expect(of({ column: 'list', columns: ['red'] })).toThrow('Expected column or columns. Found both.');
  });

  const arff = new URL('../../../../shared/data/multilabel/', import.meta.url).pathname;
  const absent = (() => {
    try {
      readFileSync(join(arff, 'emotions-train.arff'));
      return false;
    } catch {
      return true;
    }
  })();
  test(`of an ARFF file: what a piece of music makes one feel${absent ? ' (skipped: shared/data/multilabel is absent)' : ''}`, {
    skip: absent,
    timeout: 60_000,
  }, async () => {
    const header = readFileSync(join(arff, 'emotions-train.arff'), 'utf8');
    const columns = [...header.matchAll(/^@attribute\s+(\S+)/gim)].map(([, name]) => name!.replace(/^['"]|['"]$/g, ''));
    const run = defineRun({
      ...common,
      name: 'emotions',
      split: {
        by: 'files',
        files: { train: join(arff, 'emotions-train.arff'), test: join(arff, 'emotions-test.arff') },
      },
      inputs: {
        music: { type: 'table', columns: columns.slice(0, -6), encoder: { type: 'mlp', hidden: [64], dropout: 0.2 } },
      },
      tasks: {
        mood: { type: 'multiLabel', columns: columns.slice(-6), metrics: ['microF1', 'hammingLoss', 'subsetAccuracy'] },
      },
      train: { epochs: 30, batch: 32 },
    });
    const { test: scores, majority } = await trainRun(run, { out });
    const { microF1, hammingLoss } = scores!.mood!.metrics as Record<string, number>;
    expect(microF1).toBeGreaterThan(0.6);
    expect(hammingLoss).toBeLessThan(0.24);
    expect(majority!.mood!.metrics.microF1).toBeLessThan(0.2);
  });
});

test('classes that have an order are learnt, and judged by how far off they are', async () => {
  const steps = ['low', 'middle', 'high'];
  const rows = Array.from({ length: 120 }, (_, at) => ({ size: at % 30, grade: steps[Math.floor((at % 30) / 10)] }));
  const { folder: run, test: scores } = await trainRun(
    defineRun({
      ...common,
      name: 'grades',
      data: { source: writeRows(join(folder, 'grades.jsonl'), rows) },
      split: { by: 'stratified', fractions: [0.6, 0.2, 0.2] },
      inputs: { row: { type: 'table', columns: ['size'], encoder: { type: 'mlp', hidden: [16], dropout: 0 } } },
      tasks: { grade: { type: 'ordinal', column: 'grade', order: steps, metrics: ['quadraticKappa', 'accuracy'] } },
      train: { epochs: 40, batch: 16, optimizer: { type: 'adam', learningRate: 0.03 } },
    }),
    { out },
  );
  expect(scores!.grade!.metrics.quadraticKappa).toBeGreaterThan(0.8);
  await using opened = await openRun(run);
  const [low, high] = await opened.predict([{ size: 1 }, { size: 29 }]);
  expect([low!.tasks.grade, high!.tasks.grade].map((one) => (one as Classification).label)).toEqual(['low', 'high']);
  expect(Object.keys((low!.tasks.grade as Classification).probabilities)).toEqual(steps);
});

describe('intents and slots of one transformer', () => {
  const cities = ['paris', 'rome', 'new york', 'san jose', 'oslo'];
  const days = ['monday', 'next week', 'tomorrow'];
  const rows = Array.from({ length: 150 }, (_, at) => {
    const [a, b] = draw(at, 2);
    const [city, day] = [cities[Math.floor(a! * 5)]!, days[Math.floor(b! * 3)]!];
    const intent = at % 2 === 0 ? 'flight' : 'weather';
    const start = intent === 'flight' ? ['fly', 'to'] : ['is', 'it', 'cold', 'in'];
    const slot = (words: string, type: string) =>
      words.split(' ').map((_, place) => `${place === 0 ? 'B' : 'I'}-${type}`);
    return {
      text: `${start.join(' ')} ${city}  ${day} ${at}`, // no two texts are equal
      intent: at % 7 === 0 ? null : intent,
      slots: [...start.map(() => 'O'), ...slot(city, 'city'), ...slot(day, 'day'), 'O'],
    };
  });
  const source = writeRows(
    join(folder, 'slots.jsonl'),
    rows.map((row, at) => (at % 3 === 0 ? row : { ...row, slots: row.slots.join(' ') })),
  );
  const file = (changes: Partial<RunFile> = {}): RunFile => ({
    ...common,
    name: 'assistant',
    data: { source },
    split: { by: 'random', nearDuplicates: 'ignore' }, // all texts are of a few patterns
    inputs: {
      text: {
        type: 'text',
        column: 'text',
        encoder: { type: 'transformer', layers: 1, width: 16, heads: 2, vocabulary: 80, dropout: 0.05, maxLength: 24 },
      },
    },
    tasks: {
      intent: { type: 'classify', column: 'intent' },
      slots: { type: 'tag', column: 'slots', metrics: ['spanF1', 'macroSpanF1', 'tagAccuracy'] },
    },
    train: { epochs: 30, batch: 16, optimizer: { type: 'adam', learningRate: 0.01 } },
    ...changes,
  });

  test('are learnt together, resumed, predicted with their place in the text, and judged', async () => {
    const { folder: run, test: scores, majority } = await trainedTwice(file(), 30);
    expect(scores!.intent!.metrics.accuracy).toBe(1);
    expect(scores!.slots!.metrics.spanF1).toBeGreaterThan(0.9);
    expect(majority!.slots).toMatchObject({ label: 'O', metrics: { spanF1: 0 } });
    await using opened = await openRun(run);
    const text = 'fly to  new york next week 7';
    const [only] = await opened.predict([text]);
    expect((only!.tasks.intent as Classification).label).toBe('flight');
    const { tags, spans } = only!.tasks.slots as TagPrediction;
    expect(tags).toEqual(['O', 'O', 'B-city', 'I-city', 'B-day', 'I-day', 'O']);
    expect(spans.map(({ label, text: own, from, to }) => [label, own, text.slice(from, to)])).toEqual([
      ['city', 'new york', 'new york'],
      ['day', 'next week', 'next week'],
    ]);
    // words beyond the longest list of tokens
    const [long] = await opened.predict([Array.from({ length: 40 }, () => 'to').join(' ')]);
    expect((long!.tasks.slots as TagPrediction).tags.length).toBe(40);
    const again = (await opened.evaluate()).tasks;
    for (const [task, { metrics }] of Object.entries(scores!)) expect(again[task]!.metrics).toEqual(metrics);
  }, 60_000);

  test('rows whose tags are not those of their words are bad rows', async () => {
    const bad = writeRows(join(folder, 'bad-slots.jsonl'), [...rows, { text: 'a b c', slots: 'O O' }]);
    const error = await failure(() =>
      trainRun(defineRun(file({ data: { source: bad, bad: { maxFraction: 0 } } })), { out }),
    );
    expect(error.problems[1]).toMatchObject({
      code: 'E2343',
      path: 'slots',
      row: 151,
      message: 'Expected one tag for each of 3 words. Found 2 tags.',
    });
  });

  test('tags are for the words that cleaning leaves', async () => {
    const dirty = [
      ...rows.slice(0, 40),
      { text: '<i>fly</i> to  rome', slots: ['O', 'O', 'B-city'] },
      { text: '<br> fly', slots: 'O O' },
    ];
    const { cleaning, data } = await prepare(
      defineRun(
        file({
          data: {
            source: writeRows(join(folder, 'dirty.jsonl'), dirty),
            clean: [{ type: 'cleanText', columns: ['text'] }],
          },
        }),
      ),
    );
    expect(data.examples.length).toBe(41);
    expect(data.examples.at(-1)).toMatchObject({
      inputs: { text: 'fly to  rome' },
      labels: { slots: '["O","O","B-city"]' },
    });
    expect(cleaning!.quarantine).toMatchObject([{ row: 42, problem: { code: 'E2343', path: 'slots' } }]);
  });

  test('what does not fit together is a mistake of the run file', () => {
    const input = file().inputs.text as object;
    const of = (changes: object) => () => defineRun(file(changes as never));
    expect(of({ inputs: { text: { type: 'text', column: 'text' } } })).toThrow(
      'A task of type tag needs the encoder transformer or bert. Found ngrams.',
    );
    expect(of({ inputs: { text: { ...input, encoder: { type: 'transformer', pooling: 'mean' } } } })).toThrow(
      'needs a vector for each word',
    );
    expect(of({ inputs: { text: { ...input, augment: [{ type: 'tokenSwap' }] } } })).toThrow(
      'tokenSwap moves what the task slots has labels for.',
    );
    expect(
      of({ inputs: { text: { ...input, augment: [{ type: 'tokenSwap', unsafeFor: ['slots'] }] } } }),
    ).not.toThrow();
    expect(of({ sharing: { type: 'hard', outputs: { type: 'attention' } } })).toThrow(
      'the task slots gives one for each word',
    );
    const { data } = file();
    const cleaned = (step: object) =>
      of({ data: { ...data, clean: [{ type: 'removeLabelLeaks', label: 'intent', text: 'text', ...step }] } });
    expect(cleaned({})).toThrow('removeLabelLeaks takes out words, for each of which the task slots has a label.');
    expect(cleaned({ action: 'report' })).not.toThrow();
    expect(of({ inputs: { row: { type: 'table', columns: ['text'] } } })).toThrow(
      'Only inputs of type text have tasks',
    );
  });
});

describe('boxes', () => {
  const size = 32;
  const make = async () => {
    mkdirSync(join(folder, 'scenes'), { recursive: true });
    const rows: object[] = [];
    for (let at = 0; at < 60; at++) {
      const [a, b, c, d, e] = draw(1000 + at, 5) as unknown as [number, number, number, number, number];
      const boxOf = (left: number, u: number, v: number, label: string) => {
        const [width, height] = [8 + Math.floor(u * 5), 8 + Math.floor(v * 5)];
        return { x: left + Math.floor(v * (16 - width)), y: Math.floor(u * (size - height)), width, height, label };
      };
      const boxes = [boxOf(0, a, b, 'red'), ...(e < 0.5 ? [boxOf(16, c, d, 'blue')] : [])];
      const pixels = new Uint8Array(size * size * 3).fill(30);
      for (const { x, y, width, height, label } of boxes)
        for (let row = y; row < y + height; row++)
          for (let column = x; column < x + width; column++)
            pixels[(row * size + column) * 3 + (label === 'red' ? 0 : 2)] = 220;
      const name = `scenes/${at}.png`;
      writeFileSync(join(folder, name), await encodePng(hostTensor('uint8', [size, size, 3], pixels)));
      rows.push({
        file: name,
        boxes: at % 2 === 0 ? boxes : JSON.stringify(boxes),
        many: boxes.length > 1 ? 'two' : 'one',
      });
    }
    return writeRows(join(folder, 'scenes.jsonl'), rows);
  };
  const file = (source: string, changes: Partial<RunFile> = {}): RunFile => ({
    ...common,
    name: 'scenes',
    data: { source },
    split: { by: 'random', fractions: [0.7, 0.15, 0.15] },
    inputs: { picture: { type: 'image', column: 'file', size, encoder: { type: 'cnn', filters: [8, 16] } } },
    tasks: {
      boxes: { type: 'detect', column: 'boxes', size: [size, size], filters: [16] },
      many: { type: 'classify', column: 'many' },
    },
    train: { epochs: 60, batch: 8, optimizer: { type: 'adam', learningRate: 0.01 } },
    select: { task: 'boxes' },
    ...changes,
  });

  test('are found beside a class of the whole image, resumed, predicted and judged', async () => {
    const evaluations: number[] = [];
    const source = await make();
    const { folder: run, test: scores, majority } = await trainedTwice(file(source), 50);
    await trainRun(defineRun(file(source, { train: { ...file(source).train, epochs: 2 } })), {
      out,
      onEvent: (event) => {
        if (event.type === 'evaluation') evaluations.push(event.tasks.boxes!.metrics.mAP50 ?? 0);
      },
    });
    expect(evaluations[0]).toBeLessThan(0.3);
    expect(scores!.boxes!.metrics.mAP50).toBeGreaterThan(0.7);
    expect(majority!.boxes).toMatchObject({ label: 'no box', metrics: { mAP50: 0 } });
    await using opened = await openRun(run);
    expect(opened.labels.boxes).toEqual(['blue', 'red']);
    const [only] = await opened.predict([join(folder, 'scenes/0.png')]);
    const { boxes } = only!.tasks.boxes as DetectPrediction;
    expect(boxes.every(({ score, x, width }) => score >= 0.25 && x >= 0 && x + width <= size)).toBe(true);
    expect(boxes.map(({ label }) => label)).toContain('red');
    const again = (await opened.evaluate()).tasks;
    for (const [task, { metrics }] of Object.entries(scores!)) expect(again[task]!.metrics).toEqual(metrics);
  }, 120_000);

  test.each(['film', 'adapters', 'mmoe', 'soft'] as const)('share a map with a class by %s', async (type) => {
    const source = await make();
    const train = { ...file(source).train, epochs: 2 };
    const { folder: run, reason } = await trainRun(defineRun(file(source, { train, sharing: { type } })), { out });
    expect(reason).toBe('finished');
    await using opened = await openRun(run);
    const [only] = await opened.predict([join(folder, 'scenes/0.png')]);
    expect(Object.keys(only!.tasks)).toEqual(['boxes', 'many']);
  });

  test('that are none are bad rows, and images must keep their places', async () => {
    const source = writeRows(join(folder, 'bad-boxes.jsonl'), [
      { file: 'scenes/0.png', boxes: [{ x: 1 }], many: 'one' },
    ]);
    const error = await failure(() => trainRun(defineRun(file(source)), { out }));
    expect(error.problems[1]).toMatchObject({ code: 'E2342', path: 'boxes', row: 1 });
    const input = file(source).inputs.picture as object;
    const of = (changes: object) => () =>
      defineRun(file(source, { inputs: { picture: { ...input, ...changes } } as never }));
    expect(of({ fit: 'crop' })).toThrow('Boxes keep their place only where images are stretched.');
    expect(of({ augment: [{ type: 'flip' }] })).toThrow('flip moves what the task boxes has labels for.');
    expect(of({ encoder: { type: 'cnn', pooling: 'average' } })).toThrow('needs a vector for each place');
  });
});
