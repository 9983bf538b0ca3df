import { type Command, InvalidArgumentError } from 'commander';
import { interrupts } from '../interrupts.ts';
import { type CommonOptions, changes, common, deviceOption, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type PretrainOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly out: string;
  readonly steps?: number;
  readonly device?: string;
};

export function addPretrain(program: Command): void {
  const command = program
    .command('pretrain')
    .summary('teach a BERT encoder the language of the training texts')
    .description(
      "Teaches the BERT encoder of a run file to guess hidden tokens of the run's own training texts, labels or not, and which halves of them belong together, and writes it as a folder that encoder.folder reads. Ctrl-C ends early and writes what was learned.",
    )
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .requiredOption('--out <folder>', 'the folder to write: config.json, model.safetensors, tokenizer.json, vocab.txt')
    .option('--steps <count>', "steps to take (default: the run file's pretrain.steps or pretrain.epochs)", count)
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .addOption(deviceOption());
  common(command, [
    'polytask pretrain run.yaml --out models/news',
    'polytask pretrain run.yaml --out models/news --steps 2000 --set pretrain.wholeWords=true',
    'polytask train run.yaml --set inputs.text.encoder.folder=models/news',
  ]).action(async (file: string, options: PretrainOptions) => {
    const [{ pretrainRun, readRunFile }, { pretrainProgress }, { reportPretraining }] = await Promise.all([
      import('@polytask/run'),
      import('../training/pretrain-progress.ts'),
      import('../results/report-pretraining.ts'),
    ]);
    const run = await readRunFile(file, changes(options));
    const terminal = openTerminal(options);
    using stop = interrupts(() => {
      terminal.note('Ends after this step and writes what was learned. Once more ends at once, without writing.');
    });
    try {
      const made = await pretrainRun(run, {
        out: options.out,
        ...(options.steps !== undefined && { steps: options.steps }),
        signal: stop.signal,
        onEvent: pretrainProgress(terminal),
      });
      process.exitCode = reportPretraining(made, Object.keys(run.config.inputs)[0]!, terminal);
    } finally {
      terminal.status();
    }
  });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
