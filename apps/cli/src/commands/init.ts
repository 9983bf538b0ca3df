import type { Command } from 'commander';
import type { InitOptions } from '../init/init.ts';
import { common } from '../options.ts';
import { openTerminal } from '../terminal.ts';

export function addInit(program: Command): void {
  const command = program
    .command('init')
    .summary('write a run file for your data')
    .description(
      'Reads a data file, guesses which columns are the input and the labels, and writes a commented run.yaml.',
    )
    .argument('[folder]', 'where run.yaml goes', '.')
    .option(
      '--data <file>',
      'a data file, or a folder of images or sounds; without it, the only .jsonl, .csv or .tsv file in the folder',
    )
    .option('--task <column...>', 'what to predict; guessed when left out')
    .option('--example', 'with made-up headlines, to try everything out')
    .option('-f, --force', 'replace a run.yaml that is there');
  common(command, ['polytask init --data headlines.jsonl', 'polytask init try-it --example']).action(
    async (folder: string, options: InitOptions) => {
      const { init } = await import('../init/init.ts');
      await init(folder, options, openTerminal(options));
    },
  );
}
