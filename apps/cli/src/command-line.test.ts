import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, lastLine, polytask } from './testing/polytask.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytask-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (words: readonly string[], more: { input?: string; interruptAt?: string } = {}): Promise<Ended> =>
  polytask(words, { cwd: folder, ...more });

describe('the words on the command line', () => {
  it('lists all commands and examples in its help', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const verb of [
      'init',
      'check',
      'data',
      'train',
      'resume',
      'evaluate',
      'compare',
      'tasks',
      'predict',
      'profile',
      'doctor',
    ])
      expect(out).toContain(`\n  ${verb} `);
    expect(out).toContain('$ polytask train run.yaml');
  });

  it('guesses what a misspelt command was to be', async () => {
    expect(await run(['trian'])).toEqual({
      code: 2,
      out: '',
      err: 'E1001 Unknown command "trian". Did you mean "train"? See `polytask --help`.\n',
    });
  });

  it('guesses what a misspelt option was to be, and says it in JSON where that was asked for', async () => {
    const ended = await run(['check', 'run.yaml', '--json', '--sett', 'a=b']);
    expect(ended).toMatchObject({
      code: 2,
      err: 'E1002 Unknown option "--sett". Did you mean "--set"? See `polytask check --help`.\n',
    });
    expect(lastLine(ended)).toMatchObject({ error: { kind: 'usage', code: 'E1002' } });
  });
});

// Quick to train: a small table of n-grams.
const small = [
  '--set',
  'inputs.text.encoder.buckets=512',
  '--set',
  'inputs.text.encoder.width=16',
  '--set',
  'device=onnx',
];
type Scores = { tasks: Record<string, Record<string, number>> };

describe('from data to predictions', () => {
  it('writes a run file that needs no change, and does not replace it', async () => {
    expect(await run(['init', 'project', '--example'])).toMatchObject({ code: 0, err: '' });
    expect(await run(['init', 'project', '--example'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('E1012 project'),
    });
    const ended = await run(['check', 'project/run.yaml', ...small, '--json']);
    expect(ended.code).toBe(0);
    expect(lastLine(ended)).toMatchObject({
      rows: 600,
      tasks: { topic: { labels: ['business', 'sports', 'weather'] }, mood: {} },
    });
  });

  it('saves when it is interrupted, and goes on to the end', async () => {
    const interrupted = await run(
      ['train', 'project/run.yaml', ...small, '--set', 'train.epochs=8', '--out', 'project/runs'],
      { interruptAt: 'Run folder' },
    );
    expect(interrupted.code).toBe(5);
    const resume = /Go on with:\n {2}polytask (resume \S+)\n/.exec(interrupted.err)?.[1];
    const resumed = await run([...resume!.split(' '), '--json', '--quiet']);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    const summary = lastLine<Scores & { reason: string }>(resumed);
    expect(summary.reason).toBe('finished');
    expect(summary.tasks.topic!.accuracy).toBeGreaterThan(0.8);
    expect(lastLine(await run([...resume!.split(' '), '--json']))).toMatchObject({ alreadyFinished: true });
  });

  it('evaluates the newest run, and shows the most frequent label beside it', async () => {
    await run(['train', 'project/run.yaml', ...small, '--set', 'train.epochs=4', '--quiet']);
    const ended = await run(['evaluate', 'latest', '--json']);
    const { tasks, majority } = lastLine<Scores & { majority: Scores['tasks'] }>(ended);
    expect(ended.code).toBe(0);
    expect(Object.keys(tasks)).toEqual(['topic', 'mood']);
    expect(tasks.mood!.accuracy).toBeGreaterThan(majority.mood!.accuracy!);
    expect((await run(['evaluate', 'latest'])).out).toMatch(/topic\s+multi-task\s+\d+\s+[01]\.\d{3}/);
  });

  it('says which labels of a file the model does not know, and leaves them out', async () => {
    const row = (text: string, topic: string) => JSON.stringify({ id: text, text, topic, mood: null });
    const rows = [row('The storm worries the town', 'weather'), ...[1, 2].map((at) => row(`A goal ${at}`, 'sportz'))];
    await writeFile(join(folder, 'sportz.jsonl'), rows.join('\n'));
    const ended = await run(['evaluate', 'latest', '--data', 'sportz.jsonl', '--json']);
    expect(ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /note E2304 tasks\.topic \(sportz\.jsonl\): .*"sportz".*\(2 times\) Did you mean "sports"\?/,
      ),
    });
    expect(lastLine(ended)).toMatchObject({
      labels: { topic: 1, mood: 0 },
      leftOut: { topic: 2, mood: 0 },
      notes: [{ code: 'E2304', path: 'tasks.topic', count: 2 }],
    });
    const { out } = await run(['evaluate', 'latest', '--data', 'sportz.jsonl', '--quiet']);
    expect(out).toContain('Left out, because training did not have them: 2 labels of topic.');
  });

  it('compares methods with single-task models and tuned weights', async () => {
    const compared = await run([
      'compare',
      'project/run.yaml',
      ...small,
      '--seeds',
      '1',
      '--trials',
      '1',
      '--methods',
      'pcgrad',
    ]);
    for (const method of ['single-task', 'equal', 'tuned', 'pcgrad']) expect(compared.out).toContain(`\n${method} `);
    expect(compared.out).toContain('pcgrad: not better than tuned fixed weights.');
    expect(compared.out).toContain('Each method was tuned with 1 training on the first seed');
    expect(compared.out).toMatch(/ 95 % interval +mean rank +by chance +learning rate /);
  });

  it('has the times of each layer, and says in which one a training that diverges began to', async () => {
    const profile = ['profile', 'project/run.yaml', ...small, '--steps', '3'];
    expect((await run(profile)).out).toMatch(
      /^layer +forward +backward +share +operations\n(.*\n)*encoder\/bag +\d+\.\d+ ms +\d+\.\d+ ms +.*\n(.*\n)*Per step, over 3 steps: /,
    );
    const { steps, layers } = lastLine<{ steps: number; layers: { layer: string }[] }>(
      await run([...profile, '--depth', '1', '--json']),
    );
    expect(steps).toBe(3);
    expect(layers.map(({ layer }) => layer)).toEqual(
      expect.arrayContaining(['encoder', 'heads.topic', 'heads.mood', 'losses.topic', 'losses.mood', 'optimizer']),
    );
    const diverging = ['--set', 'train.optimizer.learningRate=1e30', '--trace-nan', '--quiet'];
    expect(await run(['train', 'project/run.yaml', ...small, ...diverging, '--out', 'diverged'])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/^E3201 .* in the layer \S+ makes .* from finite numbers \(at .*:\d+:\d+\)+\./),
    });
  });

  it('says how much each task helps each, and which to train together', async () => {
    const affinity = ['tasks', 'affinity', 'project/run.yaml', ...small, '--steps', '4'];
    expect((await run([...affinity, '--by', 'look-ahead', '--every', '2'])).out).toMatch(
      /^helps +topic +mood\ntopic +[+−±].*\nmood +[+−±].*\n.*over 2 measurements in 4 steps\.\n\nAdvice, \d groups?:\n/,
    );
    const { tasks, matrix, grouping } = lastLine<{
      tasks: string[];
      matrix: number[][];
      grouping: { groups: string[][] };
    }>(await run([...affinity, '--groups', '1', '--json']));
    expect(tasks).toEqual(['topic', 'mood']);
    expect(matrix[0]![0]).toBeCloseTo(1, 6);
    expect(matrix[0]![1]).toBe(matrix[1]![0]);
    expect(grouping.groups).toEqual([['topic', 'mood']]);
  });

  it('predicts words of the command line, lines of standard input and files', async () => {
    expect((await run(['predict', 'latest', 'The goalkeeper wins over the town'])).out).toMatch(
      /^topic\s+mood\s+text\nsports \d+ %\s+positive \d+ %\s+The goalkeeper/,
    );
    const lines = await run(['predict', 'latest', '--json'], {
      input: 'The storm worries the town\nThe fog delights its neighbours\n',
    });
    expect(
      lines.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).tasks.topic.label),
    ).toEqual(['weather', 'weather']);
    await writeFile(join(folder, 'new.csv'), 'text\n"The shipyard, again, disappoints"\n\n');
    expect(await run(['predict', 'latest', '--data', 'new.csv', '--out', 'answers.csv'])).toMatchObject({
      code: 0,
      out: 'Wrote 1 prediction to answers.csv.\n',
    });
    expect(await readFile(join(folder, 'answers.csv'), 'utf8')).toMatch(
      /^id,text,topic,topic probability,mood,mood probability,error\nrow-1,"The shipyard, again, disappoints",business,/,
    );
  });
});

describe('a CSV file with column names of its own', () => {
  it('goes from init to predictions of JSON lines', async () => {
    const rows = Array.from({ length: 80 }, (_, at) => {
      const [message, reply] =
        at % 2 ? [`thanks for the quick help ${at}`, 'no'] : [`"the parcel, ""again"", is late ${at}"`, 'yes'];
      return [`T-${at}`, message, reply, at % 5 ? 1 + (at % 3) : ''];
    });
    await mkdir(join(folder, 'tickets'));
    const lines = [['Ticket Nr', 'Message Body', 'Needs reply?', '2nd level'], ...rows].map((row) => row.join(','));
    await writeFile(join(folder, 'tickets', 'tickets.csv'), `\ufeff${lines.join('\r\n')}\r\n`);
    expect(await run(['init', 'tickets'])).toMatchObject({ code: 0, err: '' });
    const checked = lastLine(await run(['check', 'tickets/run.yaml', ...small, '--json']));
    expect(checked).toMatchObject({
      rows: 80,
      tasks: { Needs_reply: { labels: ['no', 'yes'] }, task_2nd_level: { labels: ['1', '2', '3'] } },
    });
    const trained = await run(['train', 'tickets/run.yaml', ...small, '--set', 'train.epochs=3', '--json', '--quiet']);
    const { folder: made } = lastLine<{ folder: string }>(trained);
    const predicted = await run(['predict', made, '--data', '-', '--format', 'jsonl', '--json'], {
      input: '{"Message Body": "the parcel is late"}\n{"body": "thanks"}\n',
    });
    const [first, second] = predicted.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ id: 'row-1', tasks: { Needs_reply: { label: 'yes' } } });
    expect(second).toMatchObject({ id: 'row-2', error: { code: 'E1404' } });
    expect(predicted.err).toMatch(/^1 row of 2 could not be read:/);
  });
});

describe('a run that diverged', () => {
  it('ends with 4, and the newest run with weights is used in its place', async () => {
    const affinity = ['tasks', 'affinity', 'project/run.yaml', ...small, '--steps', '4'];
    expect((await run([...affinity, '--by', 'look-ahead', '--every', '2'])).out).toMatch(
      /^helps +topic +mood\ntopic +[+−±].*\nmood +[+−±].*\n.*over 2 measurements in 4 steps\.\n\nAdvice, \d groups?:\n/,
    );
    const { tasks, matrix, grouping } = lastLine<{
      tasks: string[];
      matrix: number[][];
      grouping: { groups: string[][] };
    }>(await run([...affinity, '--groups', '1', '--json']));
    expect(tasks).toEqual(['topic', 'mood']);
    expect(matrix[0]![0]).toBeCloseTo(1, 6);
    expect(matrix[0]![1]).toBe(matrix[1]![0]);
    expect(grouping.groups).toEqual([['topic', 'mood']]);
    const diverging = ['--set', 'train.optimizer={type: sgd, learningRate: 1e30}', '--set', 'balance.type=equal'];
    const ended = await run(['train', 'project/run.yaml', ...small, ...diverging, '--json', '--quiet']);
    expect(ended.code).toBe(4);
    expect(lastLine(ended)).toMatchObject({ error: { kind: 'diverged' } });
    const { code, err } = await run(['predict', 'latest', 'The storm worries the town', '--quiet']);
    expect(code).toBe(0);
    expect(err).toMatch(/^Passed over runs\S+: it is newer and has no weights\.\n$/);
  });
});

describe('what is wrong', () => {
  it('names all mistakes of a run file with their lines, and ends with 2', async () => {
    await mkdir(join(folder, 'wrong'));
    await writeFile(
      join(folder, 'wrong', 'run.yaml'),
      'version: 1\nname: news\ndata: { source: a.jsonl }\ninputs: { text: { type: text, colum: text } }\ntasks: {}\ntrain: { epochs: -1 }\n',
    );
    const { code, err } = await run(['train', 'wrong/run.yaml']);
    expect(code).toBe(2);
    expect(err).toMatch(/^E1207 inputs\.text\.colum \(.*run\.yaml:4:\d+\): .*"column"/m);
    expect(err).toMatch(/^E\d+ train\.epochs \(.*run\.yaml:6:\d+\)/m);
  });

  it('ends with 3 when too much of the data is broken', async () => {
    await run(['init', 'broken', '--example']);
    await appendFile(join(folder, 'broken', 'example.jsonl'), '{"id": "half", "text"\n'.repeat(30));
    const { code, err } = await run(['check', 'broken/run.yaml']);
    expect(code).toBe(3);
    expect(err).toContain('30 of 630 rows are bad');
  });

  it('tells a file whose columns are separated by something else from one without labels', async () => {
    await mkdir(join(folder, 'semicolons'));
    await writeFile(join(folder, 'semicolons', 'a.tsv'), 'text;label\nA long day;x\nA short day;y\n');
    const { code, err } = await run(['init', 'semicolons']);
    expect(code).toBe(2);
    expect(err).toMatch(/^E1016 semicolons\Sa\.tsv: There is one column, "text;label"/);
  });

  it('has no run folder to go on with where there is none', async () => {
    const { code, err } = await run(['resume', 'nowhere']);
    expect(code).toBe(2);
    expect(err).toMatch(/^E6001 /);
  });

  it('has nothing to predict without text', async () => {
    expect((await run(['predict', 'latest'])).code).toBe(3);
  });
});
