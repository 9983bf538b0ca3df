/**
 * How long the answer for one sentence takes, from text to labels: the news model of hashed n-grams, and the Transformer of `step.ts` with
 * PyTorch beside it in the same run.
 *
 *   pnpm --silent bench latency [--json] [--python PATH] [--rounds N]
 *
 * Parameters are trained for two steps: time does not depend on their values. Rounds of ours and PyTorch's alternate, and the best median
 * of each counts. PyTorch starts from token ids, so cutting the text into tokens counts for us alone; `model` leaves it out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { key } from '@polytask/base';
import { defineModel } from '@polytask/core';
import { transformerEncoder } from '@polytask/encoders';
import { openDevice } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { defineRun, openRun, trainRun } from '@polytask/run';
import { inference } from '@polytask/train';
import { fromPython } from '../lib/python.ts';

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, python: { type: 'string' }, rounds: { type: 'string' } },
});
const threads = availableParallelism();
const rounds = Number(flags.rounds ?? 3);
const [warmup, count] = [50, 400];
const size = { width: 256, heads: 4, layers: 4, vocabulary: 8000, maxLength: 64 };
const words =
  'rates home rise team wins market falls after late talks new record sales cup final rain over coast court rules'.split(
    ' ',
  );
/** Sentence number n: 12 words, never the same. */
const sentence = (n: number) =>
  Array.from({ length: 12 }, (_, at) => words[(n * 7 + at * (3 + (n % 5))) % words.length]!).join(' ');

type Times = { readonly median: number; readonly p95: number };

async function measure(answer: (n: number) => Promise<unknown>): Promise<Times> {
  for (let n = 0; n < warmup; n++) await answer(n);
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await answer(n + warmup);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[count / 2]!, p95: times[Math.floor(count * 0.95)]! };
}

/** A run folder with a model that was trained for two steps. */
async function trained(folder: string, encoder: Record<string, unknown>) {
  const data = join(folder, 'news.jsonl');
  const rows = Array.from({ length: 1200 }, (_, n) => ({
    id: `${n}`,
    text: `${sentence(n)} ${n % 40 === 0 ? 'x'.repeat(n / 40) : ''}`,
    topic: ['economy', 'sport', 'weather', 'law'][n % 4],
    sentiment: n % 3 === 0 ? 'good' : 'bad',
  }));
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join('\n'));
  const run = defineRun(
    {
      version: 1,
      name: 'latency',
      data: { source: data, id: 'id' },
      inputs: { text: { type: 'text', column: 'text', encoder } },
      tasks: { topic: { type: 'classify', column: 'topic' }, sentiment: { type: 'classify', column: 'sentiment' } },
      train: { steps: 2, batch: 32 },
    } as never,
    { folder },
  );
  return openRun((await trainRun(run, { out: folder })).folder);
}

/** The Transformer alone, from ids to the label of each task. */
async function transformerOfIds() {
  const device = await openDevice('onnx', { threads });
  const encoder = transformerEncoder({ ...size, dropout: 0.1, hidden: 4 * size.width } as never);
  const heads = { topic: classify(), sentiment: classify() };
  const specs = { topic: heads.topic.fit(['a', 'b', 'c', 'd']), sentiment: heads.sentiment.fit(['x', 'y']) };
  const spec = encoder.fit(
    Array.from({ length: 2000 }, (_, n) => `${sentence(n)} w${n % size.vocabulary}`),
    key(1),
  );
  const { layer, inputShape } = encoder.layer(spec);
  const model = defineModel({
    encoder: layer,
    inputShape,
    tasks: { topic: heads.topic.task(specs.topic), sentiment: heads.sentiment.task(specs.sentiment) },
  });
  const params = model.init(key(2));
  const programs = inference(model as never, device, { axes: encoder.axes! });
  return async (ids: Int32Array) => {
    const { outputs } = await programs.predict.run(
      params as never,
      encoder.collate([ids], { size: 1, width: ids.length }, spec) as never,
    );
    const made = outputs as never as Record<keyof typeof heads, never>;
    return [heads.topic.decode(made.topic, specs.topic), heads.sentiment.decode(made.sentiment, specs.sentiment)];
  };
}

type Peer = { readonly version: string; readonly variants: Readonly<Record<string, Times>> };

/** PyTorch's times for one sentence of `time` tokens, or why there are none. */
function peer(time: number): Peer | string {
  return fromPython<Peer>(flags.python, new URL('./latency-peer.py', import.meta.url), {
    ...size,
    threads,
    warmup,
    count,
    time,
  });
}

const folder = mkdtempSync(join(tmpdir(), 'polytask-latency-'));
const best = (times: readonly Times[]) => times.reduce((a, b) => (b.median < a.median ? b : a));
try {
  await using ngrams = await trained(folder, { type: 'ngrams' });
  await using transformer = await trained(folder, { type: 'transformer', ...size, hidden: 4 * size.width });
  const ofIds = await transformerOfIds();
  const length = 16; // tokens of a sentence, about
  const ids = (n: number) => Int32Array.from({ length }, (_, at) => 1 + ((n * 31 + at * 17) % 60));
  const own = { ngrams: [] as Times[], transformer: [] as Times[], model: [] as Times[] };
  const peers: Peer[] = [];
  let absent: string | undefined;
  for (let round = 0; round < rounds; round++) {
    own.ngrams.push(await measure((n) => ngrams.predict([sentence(n)])));
    own.transformer.push(await measure((n) => transformer.predict([sentence(n)])));
    own.model.push(await measure((n) => ofIds(ids(n))));
    const measured = absent ?? peer(length);
    if (typeof measured === 'string') absent = measured;
    else peers.push(measured);
  }
  const variants = peers.flatMap(({ variants: all }) =>
    Object.entries(all).map(([name, times]) => ({ name, ...times })),
  );
  const fastest = variants.sort((a, b) => a.median - b.median)[0];
  const times = { ngrams: best(own.ngrams), transformer: best(own.transformer), model: best(own.model) };
  const ratio = fastest ? times.model.median / fastest.median : null;
  const result = {
    ratio,
    milliseconds: { ...times, peer: fastest ? { median: fastest.median, p95: fastest.p95 } : null },
    peer: fastest ? { name: 'PyTorch', version: peers[0]!.version, variant: fastest.name } : null,
    ...(absent !== undefined && { peerAbsent: absent }),
    threads,
    size,
    tokens: length,
  };
  if (flags.json) console.log(JSON.stringify(result));
  else {
    const row = (name: string, { median, p95 }: Times, note = '') =>
      `| ${name} | ${median.toFixed(2)} ms | ${p95.toFixed(2)} ms | ${note} |`;
    console.log('| one sentence | p50 | p95 | |\n|---|---|---|---|');
    console.log(row('news model, hashed n-grams, text to labels', times.ngrams));
    console.log(row('Transformer, text to labels', times.transformer));
    console.log(
      row(`Transformer, ${length} token ids to labels`, times.model, ratio ? `ratio ${ratio.toFixed(2)}` : ''),
    );
    if (fastest) console.log(row(`PyTorch ${peers[0]!.version}, ${fastest.name}`, fastest, 'token ids to labels'));
    else console.log(`| PyTorch | absent | | ${absent} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
