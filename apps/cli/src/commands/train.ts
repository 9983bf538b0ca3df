import type { Command } from 'commander';
import { type CommonOptions, changes, common, deviceOption, setOption, traceNanOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type TrainOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly out?: string;
  readonly device?: string;
  readonly traceNan?: boolean;
};

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model')
    .description(
      'Trains what a run file describes, keeps the best weights, and judges them on the test part. Ctrl-C saves a checkpoint.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .option('--out <folder>', 'where the run folder goes (default: runs)')
    .addOption(deviceOption())
    .addOption(traceNanOption());
  common(command, [
    'polytask train run.yaml',
    'polytask train run.yaml --set train.epochs=5 --set balance.type=equal',
    'polytask train run.yaml --json --quiet',
    'polytask train run.yaml --trace-nan',
  ]).action(async (file: string, options: TrainOptions) => {
    const [{ readRunFile, trainRun }, { withProgress }] = await Promise.all([
      import('@polytask/run'),
      import('../training/with-progress.ts'),
    ]);
    const run = await readRunFile(file, changes(options));
    await withProgress(openTerminal(options), (session) =>
      trainRun(run, {
        ...session,
        ...(options.out !== undefined && { out: options.out }),
        checkFinite: options.traceNan ?? false,
      }),
    );
  });
}
