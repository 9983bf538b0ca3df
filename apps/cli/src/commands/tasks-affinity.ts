import { type Command, InvalidArgumentError, Option } from 'commander';
import { interrupts } from '../interrupts.ts';
import { type CommonOptions, changes, common, deviceOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type AffinityOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly device?: string;
  readonly by: 'cosine' | 'look-ahead' | 'representation';
  readonly at: 'parameters' | 'representation' | 'last-layer';
  readonly steps: number;
  readonly every?: number;
  readonly groups: number;
};

export function addTasksAffinity(group: Command): void {
  const command = group
    .command('affinity')
    .summary('how much each task helps each, and the grouping that this advises')
    .description(
      'Trains a few steps in memory, measures how much each task helps each, and says which tasks to train together.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .addOption(
      new Option(
        '--by <measure>',
        'cosines of gradients, losses after a step of each task, or likeness (CKA) of single-task models',
      )
        .choices(['cosine', 'look-ahead', 'representation'])
        .default('cosine'),
    )
    .addOption(
      new Option('--at <what>', 'with respect to what gradients are taken; the last two are cheaper')
        .choices(['parameters', 'representation', 'last-layer'])
        .default('parameters'),
    )
    .option('--steps <count>', 'training steps; by representation, of each task alone', count, 100)
    .option('--every <count>', 'measure in every n-th step (default: 1 by cosine, 10 by look-ahead)', count)
    .option('--groups <count>', 'groups at most in the advice', count, 2)
    .addOption(deviceOption());
  common(command, [
    'polytask tasks affinity run.yaml',
    'polytask tasks affinity run.yaml --by look-ahead --steps 200 --groups 3 --json',
  ]).action(async (file: string, { by, at, steps, every, groups, ...options }: AffinityOptions) => {
    const [{ affinityRun, readRunFile }, { reportAffinity }] = await Promise.all([
      import('@polytask/run'),
      import('../results/report-affinity.ts'),
    ]);
    const terminal = openTerminal(options);
    const run = await readRunFile(file, changes(options));
    using stop = interrupts(() => terminal.note('Stopping after this step. Once more ends at once.'));
    try {
      const affinity = await affinityRun(run, {
        by: by === 'look-ahead' ? 'lookAhead' : by,
        gradients: at,
        steps,
        groups,
        ...(every !== undefined && { every }),
        signal: stop.signal,
        onStep: (step, all) => terminal.status(`step ${step}/${all}`),
      });
      terminal.status();
      reportAffinity(affinity, terminal);
    } finally {
      terminal.status();
    }
  });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
