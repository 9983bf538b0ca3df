import { type Command, InvalidArgumentError } from 'commander';
import { interrupts } from '../interrupts.ts';
import { type CommonOptions, changes, common, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type CompareOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly methods?: readonly string[];
  readonly seeds: number;
  readonly trials: number;
};

export function addCompare(program: Command): void {
  const command = program
    .command('compare')
    .summary('several balancers, tuned weights and single-task models, over seeds')
    .description(
      'Trains the run with equal weights, with fixed weights that are searched for, with other balancers, and with one model per task, over several seeds, all tuned with as many trainings, and shows what each gains.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .option('--methods <names>', 'balancers, separated by commas (default: that of the run)', (text) =>
      text.split(',').map((name) => name.trim()),
    )
    .option('--seeds <count>', 'that of the run and the next ones', count, 3)
    .option('--trials <count>', 'trainings that each method is tuned with: learning rates, or fixed weights', count, 3);
  common(command, [
    'polytask compare run.yaml',
    'polytask compare run.yaml --methods uncertainty,pcgrad,famo --seeds 10',
  ]).action(async (file: string, { methods, seeds, trials, ...options }: CompareOptions) => {
    const [{ compareRun, readRunFile }, { reportComparison }] = await Promise.all([
      import('@polytask/run'),
      import('../results/report-comparison.ts'),
    ]);
    const terminal = openTerminal(options);
    const run = await readRunFile(file, changes(options));
    using stop = interrupts(() => terminal.note('Stopping after this step. Once more ends at once.'));
    try {
      const comparison = await compareRun(run, {
        seeds,
        trials,
        signal: stop.signal,
        ...(methods && { methods }),
        onEvent: ({ method, seed, trial, step, steps }) => {
          const tuning = trial === null ? '' : `  trial ${trial + 1}/${trials}`;
          terminal.status(`seed ${seed}  ${method}${tuning}  step ${step}/${steps}`);
        },
      });
      reportComparison(comparison, terminal);
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
