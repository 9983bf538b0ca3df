import type { Command } from 'commander';
import type { PreviewDataOptions } from '../data/preview-data.ts';
import { common, rowsOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

export function addDataPreview(data: Command): void {
  const command = data
    .command('preview')
    .summary('the first rows as the model will see them')
    .description(
      'Writes preview.html: the first rows raw, cleaned, as ids and classes, and beside what each augmentation makes of the training examples among them.',
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .requiredOption('--out <folder>', 'where the page goes')
    .addOption(rowsOption('--rows <rows>', 'how many rows (default: 20)'))
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data");
  common(command, [
    'polytask data preview run.yaml --out preview',
    'polytask data preview run.yaml --out preview --rows 100',
  ]).action(async (file: string, options: PreviewDataOptions) => {
    const { previewData } = await import('../data/preview-data.ts');
    await previewData(file, options, openTerminal(options));
  });
}
