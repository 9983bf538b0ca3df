import { type Command, Option } from 'commander';
import { common, runFolderArgument } from '../options.ts';
import type { PredictOptions } from '../predict/predict-texts.ts';
import type { Format } from '../predict/texts-from.ts';
import { openTerminal } from '../terminal.ts';

const formats: readonly Format[] = ['text', 'jsonl', 'csv', 'tsv'];

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .summary('use a model on new texts, images, sounds or rows')
    .description(
      'Predicts every task for texts, lines of standard input, rows of a file, or image and sound files and folders of them. No labels are needed.',
    )
    .addArgument(runFolderArgument())
    .argument('[texts...]', 'the texts; for images and sounds, files and folders')
    .option('--data <file>', '.jsonl, .csv, .tsv, or .txt with a text per line; - is standard input')
    .addOption(
      new Option('--format <format>', 'of --data, where its name does not say (standard input: text)').choices(formats),
    )
    .option('--out <file>', 'write here: .jsonl or .csv')
    .option(
      '--explain <file>',
      'write an HTML page that says which parts of the first 20 inputs speak for each prediction, and shows transcripts over their sounds',
    )
    .option('--device <name>', 'where to compute (default: the device of the run)')
    .option('--run-file <file>', 'the run file, when it is TypeScript and passed objects');
  common(
    command,
    [
      'polytask predict latest "Rates rise again" "Home team wins"',
      'polytask predict latest --data new.csv --out predictions.csv',
      'polytask predict latest photos/ cat.jpg --explain why.html',
      'cat titles.txt | polytask predict latest --json',
    ],
    'one JSON object per text on stdout',
  ).action(async (name: string, texts: string[], options: PredictOptions) => {
    const { predictTexts } = await import('../predict/predict-texts.ts');
    await predictTexts(name, texts, options, openTerminal(options));
  });
}
