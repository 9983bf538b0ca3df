/**
 * The directions of the methods on the Gramian beside TorchJD's, on random Jacobians: 2 to 12 tasks, ten kinds from agreeing gradients to zero, equal,
 * opposed and dependent ones, scales from 10⁻⁶ to 10⁶, float64 on both sides.
 *
 *   pnpm --silent bench conformance --python PATH [--cases 2000] [--sequences 140] [--seed 1] [--show upgrad] [--json]
 *
 * And methods with a memory, or that work entry by entry in the float32 of the compiled step, over sequences of five steps.
 *
 * `--python` names a Python with torch, torchjd and what its methods ask for (quadprog, qpsolvers, cvxpy, ecos, scipy). Two directions agree within
 * 10⁻⁶ Σ |wₖ| ‖gₖ‖. Where they do not, the conditions that define the method decide which is nearer. `--show` prints the cases that differ.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aggregate, lengthOf, sizeOf } from '@polytask/balance/testing';
import { fromPython } from '../lib/python.ts';
import { type Case, conformanceCases } from './conformance/cases.ts';
import { type Compared, compared } from './conformance/methods.ts';
import { followed, sequences } from './conformance/sequences.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    cases: { type: 'string', default: '2000' },
    sequences: { type: 'string', default: '140' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    show: { type: 'string' },
    json: { type: 'boolean' },
  },
});

type Answer = {
  readonly weights?: readonly (number | null)[];
  readonly direction?: readonly (number | null)[];
  readonly error?: string;
};
type Answers = {
  readonly index: number;
  readonly default: Answer;
  readonly tight: Answer;
  readonly reference?: readonly number[];
};
type Verdict = 'agree' | 'close' | 'both' | 'degenerate' | 'silent' | 'ours' | 'theirs' | 'undecided';

const cases = conformanceCases(Number(flags.cases), Number(flags.seed));
const trains = sequences(Number(flags.sequences));
const methods = compared.filter(({ method }) => !flags.only || flags.only.split(',').includes(method));

/** The two answers to a case side by side: which is nearer to the definition, where they differ. */
function judge(one: Case, { balancer, defect }: Compared, answer: Answer, reference?: readonly number[]) {
  const found = aggregate(balancer, one.jacobian, { source: one.source });
  const isDegenerate = found.status.kind !== 'ok';
  const { direction = [null], weights = [] } = answer;
  const apart = (left: readonly number[], right: readonly number[], size: number) =>
    lengthOf(left.map((value, p) => value - right[p]!)) / size;
  if (![...direction, ...weights].every((value) => value !== null && Number.isFinite(value)))
    return { verdict: (isDegenerate ? 'degenerate' : 'silent') as Verdict, found, apart: Number.NaN, defects: [] };
  const [toldDirection, toldWeights] = [direction as readonly number[], weights as readonly number[]];
  const size = Math.max(sizeOf(one.jacobian, found.weights), lengthOf(toldDirection), Number.MIN_VALUE);
  const difference = apart(toldDirection, found.direction, size);
  const defects = reference
    ? [apart(found.direction, reference, size), apart(toldDirection, reference, size)]
    : defect
      ? [defect(one.jacobian, found.weights, found.direction), defect(one.jacobian, toldWeights, toldDirection)]
      : [];
  const verdict = (): Verdict => {
    if (difference <= 1e-6) return 'agree';
    if (isDegenerate) return 'degenerate';
    const [own, other] = defects.map((value) => Math.max(1e-13, Number.isFinite(value) ? value : 1e99));
    if (own === undefined || other === undefined) return difference <= 1e-4 ? 'close' : 'undecided';
    if (Math.max(own, other) <= 1e-7) return 'both';
    if (difference <= 1e-2 && Math.max(own, other) <= 1e-2) return own <= other ? 'close' : 'theirs';
    return 10 * own < other ? 'ours' : 10 * other < own ? 'theirs' : 'undecided';
  };
  return { verdict: verdict(), found, apart: difference, defects };
}

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
try {
  const [input, output] = [join(folder, 'cases.json'), join(folder, 'answers.json')];
  writeFileSync(
    input,
    JSON.stringify({
      cases: cases.map(({ jacobian, orders }, index) => ({ index, jacobian, orders })),
      sequences: trains,
    }),
  );
  const peer = fromPython<{ torch: string; torchjd: string }>(
    flags.python,
    new URL('conformance-peer.py', import.meta.url),
    {
      input,
      output,
      methods: methods.map(({ name, method, options, every = 1 }) => [name, method, options, every]),
      followed: followed.map(({ name, options }) => [name, options]),
    },
  );
  if (typeof peer === 'string') throw new Error(`No peer: ${peer}`);
  const all = JSON.parse(readFileSync(output, 'utf8')) as {
    cases: Record<string, Answers[]>;
    sequences: Record<string, (number[][] | null)[]>;
  };

  const rows = methods.map((method) => {
    const told = all.cases[method.name]!.filter(
      ({ index }) => cases[index]!.jacobian.length >= (method.leastTasks ?? 2),
    );
    const count = { agree: 0, close: 0, both: 0, degenerate: 0, silent: 0, ours: 0, theirs: 0, undecided: 0 };
    let byDefault = 0;
    for (const { index, default: plain, tight, reference } of told) {
      const one = cases[index]!;
      const { verdict, found, apart, defects } = judge(one, method, tight, reference);
      count[verdict]++;
      const other = judge(one, method, plain);
      if (found.status.kind === 'ok' && !(other.apart <= 0.01)) byDefault++;
      if (flags.show === method.method && verdict !== 'agree')
        process.stdout.write(
          `${index} ${one.kind}, ${one.jacobian.length} tasks: ${verdict}, ${apart.toExponential(1)} apart, defects ${defects.map((value) => value.toExponential(1))}, ${JSON.stringify(found.status)} ${found.residual?.toExponential(1)} ${tight.error ?? ''}\n`,
        );
    }
    return { method: method.name, cases: told.length, ...count, byDefault };
  });

  const memories: { method: string; sequences: number; apart: number }[] = [];
  for (const { name, follow } of followed) {
    let [count, worst] = [0, 0];
    for (const [index, told] of all.sequences[name]!.entries()) {
      const found = await follow(trains[index]!);
      if ((found === undefined) !== (told === null)) throw new Error(`${name}: one side has no direction.`);
      if (!found || !told) continue;
      count++;
      for (const [step, direction] of found.entries()) {
        const size = Math.max(...trains[index]!.steps[step]!.jacobian.map(lengthOf));
        worst = Math.max(worst, lengthOf(direction.map((value, p) => value - told[step]![p]!)) / size);
      }
    }
    memories.push({ method: name, sequences: count, apart: worst });
  }

  if (flags.json) process.stdout.write(`${JSON.stringify({ ...peer, rows, memories })}\n`);
  else {
    const heads = [
      'method',
      'Jacobians',
      'agree',
      'TorchJD within 1 %',
      'both optimal',
      'ours nearer',
      'TorchJD nearer',
      'undecided',
      'no answer',
      'degenerate',
      'its defaults 1 % off',
    ];
    process.stdout.write(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|\n`);
    for (const one of rows)
      process.stdout.write(
        `| ${[one.method, one.cases, one.agree, one.close, one.both, one.ours, one.theirs, one.undecided, one.silent, one.degenerate, one.byDefault].join(' | ')} |\n`,
      );
    process.stdout.write('\n| method | sequences of 5 steps | largest difference |\n|---|---|---|\n');
    for (const { method, sequences, apart } of memories)
      process.stdout.write(`| ${method} | ${sequences} | ${apart.toExponential(0)} |\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
