import { type Command, Option } from 'commander';
import type { CleanDataOptions } from '../data/clean-data.ts';
import { common, encodingOption, listOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

const formats: readonly NonNullable<CleanDataOptions['format']>[] = ['csv', 'tsv', 'jsonl', 'parquet'];

export function addDataClean(data: Command): void {
  const command = data
    .command('clean')
    .summary('write cleaned files, with a report of every change')
    .description(
      'Cleans by the steps of data.clean, fitted to the training rows, or by --step. Writes the cleaned files, cleaning.json with every change, and quarantine.jsonl with the rows that were set aside.',
    )
    .argument('<file>', 'a run file, or a data file: .csv, .tsv, .jsonl, .parquet, .arff')
    .requiredOption('--out <folder>', 'where the files go')
    .addOption(
      listOption(
        '--step <step>',
        'a step such as cleanText or "{ type: fillMissing, by: median }", in the place of data.clean; may be repeated',
      ),
    )
    .addOption(
      new Option('--format <format>', 'of the cleaned files (default: that of the data; of .arff, csv)').choices(
        formats,
      ),
    )
    .addOption(encodingOption())
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data");
  common(command, [
    'polytask data clean run.yaml --out cleaned',
    'polytask data clean people.csv --out cleaned --step cleanText --step "{ type: fillMissing, by: mode }"',
  ]).action(async (file: string, options: CleanDataOptions) => {
    const { cleanFiles } = await import('../data/clean-data.ts');
    await cleanFiles(file, options, openTerminal(options));
  });
}
