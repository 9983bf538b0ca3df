import { type Command, Option } from 'commander';
import type { SplitFilesOptions } from '../data/split-files.ts';
import { common, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

const formats: readonly NonNullable<SplitFilesOptions['format']>[] = ['csv', 'tsv', 'jsonl', 'parquet'];

export function addDataSplit(data: Command): void {
  const command = data
    .command('split')
    .summary('write one file per part of the split')
    .description(
      'Writes the rows of each part as a file in the format of the data, and split.lock.json, with which a run takes the same parts again. Warns of texts and groups on both sides.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .requiredOption('--out <folder>', 'where the files go')
    .addOption(
      new Option('--format <format>', 'of the files (default: that of the data; of .arff, csv)').choices(formats),
    )
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data");
  common(command, [
    'polytask data split run.yaml --out parts',
    'polytask data split run.yaml --out parts --set "split={ by: group, column: patient }"',
  ]).action(async (file: string, options: SplitFilesOptions) => {
    const { splitFiles } = await import('../data/split-files.ts');
    await splitFiles(file, options, openTerminal(options));
  });
}
