import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failure, temporaryFolder } from '../testing/tiny-run.fixture.ts';
import { readRunFile } from './read-run-file.ts';

const good = `version: 1
name: news
data: { source: rows.jsonl }
inputs: { text: { type: text, column: text } }
tasks:
  topic: { type: classify, column: topic }
`;

const write = (text: string, name = 'run.yaml') => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
};

const problemsOf = async (text: string, set?: readonly string[]) => {
  const file = write(text);
  const { problems, kind } = await failure(() => readRunFile(file, set && { set }));
  expect(kind).toBe('usage');
  return problems.map(({ code, path, line, column, file: at }) => [code, path, at === file ? `${line}:${column}` : at]);
};

describe('readRunFile', () => {
  it('fills in defaults and resolves paths against the folder of the file', async () => {
    const file = write(good);
    const { config } = await readRunFile(file);
    expect(config.data).toEqual({
      source: join(file, '..', 'rows.jsonl'),
      bad: { policy: 'quarantine', maxFraction: 0.01 },
    });
    expect(config.inputs.text!.encoder).toEqual({ type: 'ngrams' });
    expect(config.tasks.topic).toMatchObject({ weight: 1, metrics: ['accuracy', 'macroF1'] });
    expect(config.train).toMatchObject({
      epochs: 20,
      optimizer: { type: 'adamw', learningRate: 0.001 },
      schedule: { type: 'cosine', warmup: '5%' },
    });
    expect(config.select).toEqual({ mode: 'weighted', minimalGain: 0 });
  });

  it('refuses a task that no source has labels of', async () => {
    const sources = (tasks: string) =>
      `${good}  mood: { type: classify, column: mood }
`.replace('{ source: rows.jsonl }', `{ sources: [{ source: a.csv, tasks: [topic] }, { source: b.csv${tasks} }] }`);
    expect(await problemsOf(sources(', tasks: [topic]'))).toEqual([['E1209', 'tasks.mood', '7:9']]);
    for (const tasks of [', tasks: [mood]', ''])
      await expect(readRunFile(write(sources(tasks)))).resolves.toMatchObject({ config: { name: 'news' } });
  });

  it('takes labels that are numbers, as data has them', async () => {
    const text = `${good}  stars: { type: ordinal, column: stars, order: [1, 2, 3.5, true] }
  below: { type: classify, column: below }
relations: { hierarchy: { below: { parent: topic, under: { 1: [10, 11], 2: ['20'] } } } }
`;
    const { config } = await readRunFile(write(text));
    expect(config.tasks.stars).toMatchObject({ order: ['1', '2', '3.5', 'true'] });
    expect(config.relations!.hierarchy!.below!.under).toEqual({ '1': ['10', '11'], '2': ['20'] });
    expect(await problemsOf(text.replace('3.5', '[3]'))).toEqual([['E1205', 'tasks.stars.order.2', '7:56']]);
  });

  it('reads the same from YAML, JSON and TypeScript', async () => {
    const value = {
      version: 1,
      name: 'news',
      data: { source: '/rows.jsonl' },
      inputs: { text: { type: 'text', column: 'text' } },
      tasks: { topic: { type: 'classify', column: 'topic' } },
    };
    const json = await readRunFile(write(JSON.stringify(value, null, '\t'), 'run.json'));
    const script = await readRunFile(
      write(`const run: object = ${JSON.stringify(value)};\nexport default run;\n`, 'run.ts'),
    );
    const yaml = await readRunFile(write(good), { data: '/rows.jsonl' });
    expect(json.config).toEqual(yaml.config);
    expect(script.config).toEqual(yaml.config);
  });

  it('takes objects from TypeScript, and records their names and options', async () => {
    const file = write(
      `export default {
      version: 1, name: 'news', data: { source: '/rows.jsonl' },
      inputs: { text: { type: 'text', column: 'text', encoder: { type: { name: 'mine', options: { size: 3 }, fit() {} } } } },
      tasks: { topic: { type: 'classify', column: 'topic' } },
    };`,
      'run.mjs',
    );
    const { config, objects } = await readRunFile(file);
    expect(config.inputs.text!.encoder).toEqual({ type: 'custom', name: 'mine', options: { size: 3 } });
    expect(objects.encoders.text!.fit).toBeTypeOf('function');
  });

  it('finds every problem in one pass, each at its place', async () => {
    const text = `version: 1
name: news
seed: 1.5
data: { source: rows.jsonl }
split: { by: stratified, tasks: [topick], fractions: [0.8, 0.1, 0.2] }
inputs: { text: { type: text, column: text, encoder: { type: transformr } } }
tasks:
  topic:
    type: classify
    loss: { smoothing: 0.1 }
    wieght: 2
    metrics: [accuracy, f2]
train: { epochs: 3, steps: 9, batch: 0, clip: { globalNorm: -1 } }
device: gpu
`;
    expect(await problemsOf(text)).toEqual([
      ['E1203', 'seed', '3:7'],
      ['E1209', 'split.tasks.0', '5:34'],
      ['E1205', 'split.fractions', '5:54'],
      ['E1206', 'inputs.text.encoder.type', '6:62'],
      ['E1204', 'tasks.topic.column', '9:5'],
      ['E1207', 'tasks.topic.wieght', '11:5'],
      ['E1206', 'tasks.topic.metrics.1', '12:25'],
      ['E1209', 'train.steps', '13:28'],
      ['E1205', 'train.batch', '13:38'],
      ['E1205', 'train.clip.globalNorm', '13:61'],
      ['E1206', 'device', '14:9'],
    ]);
  });

  it('names the key that was probably meant', async () => {
    const { message } = await failure(() =>
      readRunFile(write(good.replace('column: topic', 'column: topic, loss: { smooothing: 1 }'))),
    );
    expect(message).toMatch(
      /^E1207 tasks\.topic\.loss\.smooothing \(.*run\.yaml:6:51\): Unknown key\. Did you mean "smoothing"\? Allowed: smoothing\.$/,
    );
  });

  it('applies settings through the same schema and blames them, not the file', async () => {
    const { config } = await readRunFile(write(good), {
      set: ['train.batch=16', 'tasks.topic.metrics=[macroF1]', 'train.optimizer.learningRate=1e-2'],
    });
    expect(config.train).toMatchObject({ batch: 16, optimizer: { learningRate: 0.01 } });
    expect(config.tasks.topic!.metrics).toEqual(['macroF1']);
    expect(await problemsOf(good, ['train.batch=many', 'train.batsh=3', 'nonsense', 'a..b=1'])).toEqual([
      ['E1208', undefined, '--set nonsense'],
      ['E1208', undefined, '--set a..b=1'],
      ['E1203', 'train.batch', '--set train.batch=many'],
      ['E1207', 'train.batsh', '--set train.batsh=3'],
    ]);
  });

  it('blames settings for the sections they made, and not for what is missing beside them', async () => {
    expect(await problemsOf(good, ['trian.batch=3'])).toEqual([['E1207', 'trian', '--set trian.batch=3']]);
    expect(await problemsOf(good, ['name.first=a'])).toEqual([['E1203', 'name', '--set name.first=a']]);
    expect(await problemsOf(good, ['tasks.mood.weight=2'])).toEqual([
      ['E1204', 'tasks.mood.type', '--set tasks.mood.weight=2'],
      ['E1204', 'tasks.mood.column', '--set tasks.mood.weight=2'],
    ]);
    expect(await problemsOf('version: 1\n', ['trian.batch=3'])).toContainEqual(['E1204', 'name', '1:1']);
    expect(await problemsOf(good.replace(', column: topic', ''), ['tasks.topic.weight=2'])).toEqual([
      ['E1204', 'tasks.topic.column', '6:10'],
    ]);
  });

  it('checks the other keys of a section whose type is unknown or missing', async () => {
    const text = `${good
      .replace('column: text }', 'column: text, encoder: { type: ngarms, widht: 3, dropout: 2, heads: 4 } }')
      .replace(
        'type: classify, column: topic',
        'type: clasify, colum: topic, loss: { smothing: 1 }',
      )}balance: { type: fixd, weights: { topic: -1 } }
train: { optimizer: { type: adamv, learningRate: 0, weightDecay: 0.1 } }
`;
    expect(await problemsOf(text)).toEqual([
      ['E1206', 'inputs.text.encoder.type', '4:62'],
      ['E1207', 'inputs.text.encoder.widht', '4:70'],
      ['E1205', 'inputs.text.encoder.dropout', '4:89'],
      ['E1204', 'tasks.topic.column', '6:10'],
      ['E1206', 'tasks.topic.type', '6:18'],
      ['E1207', 'tasks.topic.colum', '6:27'],
      ['E1207', 'tasks.topic.loss.smothing', '6:49'],
      ['E1206', 'balance.type', '7:18'],
      ['E1205', 'balance.weights.topic', '7:42'],
      ['E1206', 'train.optimizer.type', '8:29'],
      ['E1205', 'train.optimizer.learningRate', '8:50'],
    ]);
    const { message } = await failure(() => readRunFile(write(good.replace('type: classify, ', 'wieght: 2, '))));
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^E1204 tasks\.topic\.type .*expected one of classify/),
      expect.stringMatching(/^E1207 tasks\.topic\.wieght .*Did you mean "weight"\?/),
    ]);
  });

  it('finds options that fit the schema and not each other', async () => {
    expect(
      await problemsOf(
        good.replace('column: text }', 'column: text, encoder: { type: transformer, width: 30, heads: 4 } }'),
      ),
    ).toEqual([['E1205', 'inputs.text.encoder', '4:54']]);
  });

  it('refuses two inputs, no data and a prototype key', async () => {
    const text = good
      .replace('data: { source: rows.jsonl }', '__proto__: { polluted: true }')
      .replace('column: text } }', 'column: text }, more: { type: text, column: b } }');
    expect((await problemsOf(text)).map(([code, path]) => [code, path])).toEqual([
      ['E1209', 'data'],
      ['E1207', '__proto__'],
      ['E1209', 'inputs'],
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('refuses broken syntax, double keys and bombs of aliases with a line', async () => {
    expect(await problemsOf('version: [1\nname: x')).toMatchObject([['E1201', undefined, '2:1']]);
    expect(await problemsOf(`${good}name: again\n`)).toEqual([['E1201', undefined, '7:1']]);
    const bomb = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 8 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`),
    ].join('\n');
    expect((await problemsOf(bomb)).map(([code]) => code)).toEqual(['E1201']);
  });

  it('says on one line why a script cannot be loaded', async () => {
    const missing = write("import { x } from './none.ts'; export default { name: x };", 'missing.ts');
    const broken = write('export default {\n  version: 1,,\n};', 'broken.ts');
    const outer = write(`import ${JSON.stringify(broken)}; export default {};`, 'outer.ts');
    const throwing = write("throw 'a\\nb';", 'throwing.mjs');
    const line = async (file: string) => (await failure(() => readRunFile(file))).message;
    expect(await line(missing)).toBe(`E1202 ${missing}: It cannot be loaded: Cannot find module './none.ts'.`);
    for (const file of [broken, outer])
      expect(await line(file)).toBe(
        `E1202 ${file}: It cannot be loaded: ParseError: Unexpected token (${broken}:2:13).`,
      );
    expect(await line(throwing)).toBe(`E1202 ${throwing}: It cannot be loaded: it threw "a\\nb".`);
  });

  it('refuses a missing file, a folder, a file that is no run file and a script that exports no object', async () => {
    const folder = temporaryFolder();
    for (const path of [
      join(folder, 'none.yaml'),
      folder,
      write('x', 'run.txt'),
      write('export default 3;', 'run.mjs'),
    ]) {
      expect((await failure(() => readRunFile(path))).code, path).toBe('E1202');
    }
  });
});
