import type { Command } from 'commander';
import type { ReportDataOptions } from '../data/report-data.ts';
import { common, encodingOption, listOption, rowsOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

export function addDataReport(data: Command): void {
  const command = data
    .command('report')
    .summary('one HTML page on what the data holds, lacks, repeats and leaks')
    .description(
      'Writes one HTML page without scripts: columns, labels, missing values, duplicates, leaks, drift between parts, and what cleaning changes.',
    )
    .argument(
      '<file>',
      'a run file, or a data file: .csv, .tsv, .jsonl, .parquet, .arff, or a folder of images or sounds',
    )
    .option('--out <file>', 'the page (default: report.html)')
    .addOption(listOption('--task <column>', 'of a data file, a column of labels; may be repeated'))
    .addOption(rowsOption('--limit <rows>', 'read at most so many rows of each file (default: 200,000)'))
    .addOption(encodingOption())
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data");
  common(
    command,
    ['polytask data report run.yaml', 'polytask data report people.csv --task income --out people.html'],
    'the last line on stdout is one JSON object with all facts',
  ).action(async (file: string, options: ReportDataOptions) => {
    const { reportData } = await import('../data/report-data.ts');
    await reportData(file, options, openTerminal(options));
  });
}
