import type { Command } from 'commander';
import { common, runFolderArgument } from '../options.ts';
import type { ExportOptions } from '../results/export-file.ts';
import { openTerminal } from '../terminal.ts';

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .summary('the model as an ONNX file')
    .description(
      'Writes the best weights of a run as an ONNX file for any ONNX Runtime, in any language. It takes batches of any size; label names and what turns a text into its inputs are in its metadata.',
    )
    .addArgument(runFolderArgument())
    .option('--out <file>', 'write here', 'model.onnx')
    .option('--encoder <folder>', "instead: the BERT encoder alone, as a folder of Hugging Face's form")
    .option('--run-file <file>', 'the run file, when it is TypeScript and passed objects');
  common(command, [
    'polytask export latest',
    'polytask export latest --out news.onnx --json',
    'polytask export latest --encoder models/tuned',
  ]).action(async (name: string, options: ExportOptions) => {
    const { exportFile } = await import('../results/export-file.ts');
    await exportFile(name, options, openTerminal(options));
  });
}
