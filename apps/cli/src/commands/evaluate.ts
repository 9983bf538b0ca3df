import { type Command, Option } from 'commander';
import { common, runFolderArgument } from '../options.ts';
import type { EvaluateOptions } from '../results/evaluate-run.ts';
import { openTerminal } from '../terminal.ts';

const parts: readonly NonNullable<EvaluateOptions['part']>[] = ['train', 'validation', 'test'];

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .summary('metrics of every task')
    .description('Judges the best weights of a run, beside what always answering the most frequent label reaches.')
    .addArgument(runFolderArgument())
    .option('--data <file>', 'judge on this file (default: the test part of the run)')
    .addOption(new Option('--part <part>', "judge on this part of the run's own data").choices(parts).conflicts('data'))
    .addOption(
      new Option(
        '--single-task',
        'also train one model per task with the same budget, and compare scores and cost',
      ).conflicts(['data', 'part']),
    )
    .option('--device <name>', 'where to compute (default: the device of the run)')
    .option('--run-file <file>', 'the run file, when it is TypeScript and passed objects');
  common(command, [
    'polytask evaluate latest',
    'polytask evaluate latest --single-task',
    'polytask evaluate latest --data other.jsonl --json',
  ]).action(async (name: string, options: EvaluateOptions) => {
    const { evaluateRun } = await import('../results/evaluate-run.ts');
    await evaluateRun(name, options, openTerminal(options));
  });
}
