/**
 * Kills a training run at random moments, resumes it, and compares what it leaves with a run that was never interrupted, byte for byte.
 *
 *   npx tsx --conditions=@polytask/source tools/kill-resume.ts [--rounds 20] [--seed 1]
 *
 * A run that is killed before its first checkpoint must refuse to resume; it is then started again.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { key, uniform } from '@polytask/base';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const repository = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'polytask-kill-'));

const words = (text: string) => text.split(' ');
const subjects = words(
  'coach striker minister parliament bank market robot chip actor film senate goalkeeper lender phone festival',
);
const turns = words('wins loses rises falls delights fails opens closes gains drops');
const row = (index: number) => {
  const [subject, turn] = [
    subjects[(index * 7) % subjects.length]!,
    turns[(index * 3 + Math.floor(index / 15)) % turns.length]!,
  ];
  return {
    id: `r${index}`,
    text: `the ${subject} ${turn} again on day ${index % 31}`,
    topic: index % 9 === 4 ? null : `t${Math.floor(((index * 7) % subjects.length) / 3)}`,
    sentiment: index % 7 === 3 ? null : turns.indexOf(turn) % 2 === 0 ? 'good' : 'bad',
  };
};
writeFileSync(
  join(folder, 'rows.jsonl'),
  Array.from({ length: 400 }, (_, index) => `${JSON.stringify(row(index))}\n`).join(''),
);
writeFileSync(
  join(folder, 'run.yaml'),
  `version: 1
name: kill
seed: 3
data: { source: rows.jsonl, id: id }
split: { by: stratified, tasks: [topic, sentiment], fractions: [0.8, 0.1, 0.1] }
inputs: { text: { type: text, column: text, encoder: { type: ngrams, buckets: 4096, width: 16 } } }
tasks: { topic: { type: classify, column: topic }, sentiment: { type: classify, column: sentiment } }
balance: { type: uncertainty }
train: { epochs: 40, batch: 16, optimizer: { type: adamw, learningRate: 1e-2 }, clip: { globalNorm: 1 }, checkpoint: { every: 40, keep: 2 } }
`,
);

type Ended = { readonly code: number | null; readonly milliseconds: number; readonly output: string };

/** Runs the command line and kills it after a while, if told so. */
function polytask(words: readonly string[], killAfter?: number): Promise<Ended> {
  const loader = fileURLToPath(import.meta.resolve('tsx'));
  const main = join(repository, 'apps/cli/src/main.ts');
  const child = spawn(process.execPath, ['--conditions=@polytask/source', '--import', loader, main, ...words], {
    cwd: folder,
  });
  const start = performance.now();
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, milliseconds: performance.now() - start, output });
    }),
  );
}

/** Name and hash of everything that must be equal: the last checkpoint, the best weights, the metrics. */
function contents(run: string): Record<string, string> {
  const checkpoints = readdirSync(join(run, 'checkpoints')).sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  const places = [join('checkpoints', checkpoints.at(-1)!), 'best'];
  const files = places.flatMap((place) => readdirSync(join(run, place)).map((name) => join(place, name)));
  return Object.fromEntries(
    [...files, 'metrics.ndjson'].map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(run, name)))
        .digest('hex'),
    ]),
  );
}

const onlyRun = (out: string) => join(out, readdirSync(out)[0]!);

const straight = await polytask(['train', 'run.yaml', '--out', join(folder, 'straight'), '--quiet']);
if (straight.code !== 0) throw new Error(straight.output);
const expected = contents(onlyRun(join(folder, 'straight')));

const moments = uniform(key(Number(flags.seed)), Number(flags.rounds));
let failed = 0;
for (const [round, moment] of moments.entries()) {
  const out = join(folder, `round-${round}`);
  const after = Math.round(moment * straight.milliseconds);
  await polytask(['train', 'run.yaml', '--out', out, '--quiet'], after);
  let outcome: string;
  try {
    const resumed = await polytask(['resume', onlyRun(out), '--quiet']);
    if (resumed.code !== 0) {
      const hasNone = /no (whole )?checkpoint/i.test(resumed.output);
      outcome = hasNone
        ? 'killed before the first checkpoint: refused to resume'
        : `resume failed: ${resumed.output.trim()}`;
      if (!hasNone) failed++;
    } else {
      const actual = contents(onlyRun(out));
      const differing = Object.keys(expected).filter((name) => actual[name] !== expected[name]);
      outcome = differing.length === 0 ? 'equal' : `differs: ${differing.join(', ')}`;
      if (differing.length > 0) failed++;
    }
  } catch (error) {
    outcome =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'killed before the run folder was made' : String(error);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed++;
  }
  console.log(`killed after ${String(after).padStart(5)} of ${Math.round(straight.milliseconds)} ms: ${outcome}`);
}
rmSync(folder, { recursive: true, force: true });
console.log(`${moments.length - failed} of ${moments.length} rounds as expected`);
process.exitCode = failed === 0 ? 0 : 1;
