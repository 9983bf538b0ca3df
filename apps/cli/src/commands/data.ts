import type { Command } from 'commander';
import { addDataClean } from './data-clean.ts';
import { addDataPreview } from './data-preview.ts';
import { addDataReport } from './data-report.ts';
import { addDataSplit } from './data-split.ts';

/** Commands on data files, before any training. */
export function addData(program: Command): void {
  const group = program
    .command('data')
    .summary('report on, clean, split and preview data')
    .description('What data files hold, and files made of them that other tools can read.')
    .helpCommand('help [command]', 'print the help of a command');
  for (const add of [addDataReport, addDataClean, addDataSplit, addDataPreview]) add(group);
}
