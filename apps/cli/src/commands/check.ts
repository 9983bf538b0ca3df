import type { Command } from 'commander';
import { type CommonOptions, changes, common, deviceOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type CheckOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly out?: string;
  readonly device?: string;
};

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .summary('find mistakes in a run file and its data')
    .description(
      'Reads the run file and the data, and says everything that is wrong at once, or else what training would do.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .option('--out <folder>', 'where run folders would go (default: runs)')
    .addOption(deviceOption());
  common(command, ['polytask check run.yaml', 'polytask check run.yaml --data new-headlines.jsonl']).action(
    async (file: string, options: CheckOptions) => {
      const [{ checkRun, readRunFile }, { reportCheck }] = await Promise.all([
        import('@polytask/run'),
        import('../results/report-check.ts'),
      ]);
      const run = await readRunFile(file, changes(options));
      reportCheck(
        file,
        await checkRun(run, options.out === undefined ? {} : { out: options.out }),
        openTerminal(options),
      );
    },
  );
}
