import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HostTensor } from '@polytask/base';
import { readIdx } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import { readSource } from './config/read-source.ts';
import type { RunFile } from './config/schema.ts';
import { readData } from './data/read-data.ts';
import { openRun } from './open-run.ts';
import { openRunTable } from './run-table.ts';
import { failure, temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

/** An IDX file of bytes. */
function idx(shape: readonly number[], bytes: Iterable<number>): Buffer {
  const sizes = Buffer.alloc(4 * shape.length);
  for (const [axis, size] of shape.entries()) sizes.writeUInt32BE(size, 4 * axis);
  return Buffer.concat([Buffer.from([0, 0, 8, shape.length]), sizes, Buffer.from(Uint8Array.from(bytes))]);
}

const side = 8;
/** Images that are bright on the left or on the right, and in the upper or the lower half. */
function pictures(count: number): { images: Buffer; sides: number[]; halves: number[] } {
  const sides = Array.from({ length: count }, (_, at) => at % 2);
  const halves = Array.from({ length: count }, (_, at) => (at >> 1) % 2);
  const pixels = sides.flatMap((right, at) =>
    Array.from({ length: side * side }, (_, place) => {
      const isBright = place % side < side / 2 === (right === 0);
      const isHigh = place < (side * side) / 2 === (halves[at] === 0);
      return (isBright ? 120 : 10) + (isHigh ? 100 : 0) + ((at * 7 + place) % 11);
    }),
  );
  return { images: idx([count, side, side], pixels), sides, halves };
}

/** Files as those of MNIST: images, one label each, and two labels each in one file. */
function files(folder: string, name: string, count: number) {
  const { images, sides, halves } = pictures(count);
  const paths = {
    images: join(folder, `${name}-images-idx3-ubyte.gz`),
    labels: join(folder, `${name}-labels-idx1-ubyte`),
    both: join(folder, `${name}-both-idx2-ubyte`),
  };
  writeFileSync(paths.images, gzipSync(images));
  writeFileSync(paths.labels, idx([count], sides));
  writeFileSync(
    paths.both,
    idx(
      [count, 2],
      sides.flatMap((one, at) => [one, halves[at]!]),
    ),
  );
  return paths;
}

const run = (data: RunFile['data'], more: Partial<RunFile> = {}) =>
  defineRun({
    version: 1,
    name: 'idx',
    data,
    split: { by: 'random', fractions: [0.8, 0.2, 0] },
    inputs: {
      picture: { type: 'image', column: 'image', size: side, encoder: { type: 'cnn', filters: [4], units: 8 } },
    },
    tasks: { side: { type: 'classify', column: 'side' } },
    train: { epochs: 8, batch: 8, optimizer: { learningRate: 0.02 } },
    threads: 1,
    ...more,
  });

describe('IDX files as source of a run', () => {
  it('are read as images and labels by column, several columns of one file too', async () => {
    const folder = temporaryFolder();
    const { images, both } = files(folder, 'train', 6);
    const { config } = run(
      { source: { image: images, labels: { file: both, columns: ['side', 'half'] } } },
      { tasks: { side: { type: 'classify', column: 'side' }, half: { type: 'classify', column: 'half' } } },
    );
    const { examples, media } = await readData(config);
    expect(examples.map(({ labels }) => [labels.side, labels.half])).toEqual([
      ['0', '0'],
      ['1', '0'],
      ['0', '1'],
      ['1', '1'],
      ['0', '0'],
      ['1', '0'],
    ]);
    expect(examples[2]).toMatchObject({ id: 'row-3', inputs: { picture: 'train-images-idx3-ubyte.gz#3' } });
    const third = media!.read('row-3') as { shape: readonly number[]; data: Uint8Array };
    expect(third.shape).toEqual([side, side, 3]);
    expect([...third.data.subarray(0, 6)]).toEqual([123, 123, 123, 124, 124, 124]);
  });

  it('train, are judged as parts of their own, and predict the images of such a file', async () => {
    const folder = temporaryFolder();
    const [train, test] = [files(folder, 'train', 64), files(folder, 't10k', 16)];
    const { folder: trained } = await trainRun(
      run(
        {},
        {
          split: {
            files: {
              train: { image: train.images, side: train.labels },
              test: { image: test.images, side: test.labels },
            },
          },
        },
      ),
      { out: folder },
    );
    await using model = await openRun(trained);
    expect((await model.evaluate({ part: 'test' })).tasks.side!.metrics.accuracy).toBe(1);
    const again = await model.evaluate({ file: { image: test.images, side: test.labels } });
    expect([again.data, again.examples]).toEqual([test.images, 16]);
    const predicted = [];
    for await (const { id, ...one } of model.predictRows(readIdx({ image: test.images })))
      predicted.push([id, 'tasks' in one && 'label' in one.tasks.side! && one.tasks.side.label]);
    const { value: first } = await readIdx({ image: test.images })[Symbol.asyncIterator]().next();
    const tensor = first.values.image as HostTensor;
    const [alone] = await model.predict([tensor]);
    expect(alone!.tasks.side).toMatchObject({ label: '0' });
    const [explained] = await model.explain([tensor]);
    expect(explained!.id).toBe('row-1');
    expect(predicted.slice(0, 3)).toEqual([
      ['row-1', '0'],
      ['row-2', '1'],
      ['row-3', '0'],
    ]);
  });

  it('are columns of a report as other files are', async () => {
    const folder = temporaryFolder();
    const { images, labels } = files(folder, 'train', 20);
    const table = await openRunTable(run({ source: { image: images, side: labels } }));
    expect(table.table.rowCount).toBe(20);
    expect(Object.keys(table.table.columns)).toEqual(['image', 'side']);
    expect(table.notes.map(({ code }) => code)).not.toContain('E2220');
  });

  it('are found relative to the run file', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'mnist'));
    const { config } = defineRun(
      {
        version: 1,
        name: 'idx',
        data: { source: { image: 'mnist/images', labels: { file: 'mnist/labels', columns: ['side'] } } },
        inputs: { picture: { type: 'image', column: 'image' } },
        tasks: { side: { type: 'classify', column: 'side' } },
      },
      { folder },
    );
    expect(config.data.source).toEqual({
      image: join(folder, 'mnist/images'),
      labels: { file: join(folder, 'mnist/labels'), columns: ['side'] },
    });
  });

  it('are refused where they are damaged, of different length, or no images', async () => {
    const folder = temporaryFolder();
    const { images, labels } = files(folder, 'train', 6);
    const write = (name: string, bytes: Buffer): string => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const told = async (source: NonNullable<RunFile['data']>['source']) => {
      const { kind, problems } = await failure(() => readData(run({ source }).config));
      return [kind, problems.map(({ code }) => code), problems[0]!.file, problems[0]!.fix !== undefined];
    };
    const fewer = write('fewer', idx([5], [0, 1, 0, 1, 0]));
    expect(await told({ image: images, side: fewer })).toEqual(['data', ['E2132'], fewer, true]);
    const lying = write('lying', Buffer.concat([Buffer.from([0, 0, 8, 1, 255, 255, 255, 255]), Buffer.from([0, 1])]));
    expect(await told({ image: images, side: lying })).toEqual(['data', ['E2131'], lying, true]);
    const text = write('text', Buffer.from('side\n1\n'));
    expect(await told({ image: images, side: text })).toEqual(['data', ['E2130'], text, true]);
    const swapped = await failure(() => readData(run({ source: { image: labels, side: labels } }).config));
    expect(swapped.problems[1]).toMatchObject({ code: 'E2161', path: 'image', file: labels, count: 6 });
    const flat = write('flat', idx([6, 4], Array(24).fill(1)));
    const { problems } = await failure(() => readData(run({ source: { image: flat, side: labels } }).config));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['E2208', undefined],
      ['E2161', 'image'],
    ]);
    const missing = await failure(() =>
      readData(run({ source: { image: join(folder, 'none'), side: labels } }).config),
    );
    expect([missing.kind, missing.code]).toEqual(['usage', 'E1401']);
  });

  it('are named in a text as in a run file', async () => {
    expect(readSource('rows.csv')).toBe('rows.csv');
    expect(readSource('{ image: a, labels: { file: b, columns: [x, y] } }')).toEqual({
      image: 'a',
      labels: { file: 'b', columns: ['x', 'y'] },
    });
    expect((await failure(() => readSource('{ image: a'))).code).toBe('E1201');
    expect((await failure(() => readSource('{ image: [a] }'))).code).toBe('E1205');
  });

  it('are refused in a run file that names no file, or a single one without its column', async () => {
    const empty = await failure(() => run({ source: {} }));
    expect(empty.problems.map(({ code, path }) => [code, path])).toEqual([['E1205', 'data.source']]);
    const misspelt = await failure(() => run({ source: { image: 'a', digit: { file: 'b', colums: ['x'] } as never } }));
    expect(misspelt.problems.map(({ code, path, fix }) => [code, path, fix])).toEqual([
      ['E1204', 'data.source.digit.columns', undefined],
      ['E1207', 'data.source.digit.colums', expect.stringContaining('"columns"')],
    ]);
    const alone = await failure(() => readData(run({ source: '/nowhere/train-images-idx3-ubyte' }).config));
    expect([alone.code, alone.problems[0]!.fix]).toEqual(['E1403', expect.stringContaining('source: { image:')]);
  });
});
