import type { Pretraining } from '@polytask/run';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { counted, decimal, duration, percent } from '../text/numbers.ts';
import { shellWord } from '../text/shell-word.ts';
import { shownPath } from '../text/shown-path.ts';
import { type Column, table } from '../text/table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** What was learned, and how to go on from it. Returns the exit code. */
export function reportPretraining(made: Pretraining, input: string, terminal: Terminal): number {
  terminal.status();
  const { reason, steps, seconds, before, after, folder } = made;
  const code = reason === 'interrupted' ? exitCodes.interrupted : exitCodes.fine;
  if (terminal.json) {
    terminal.emit(made);
    return code;
  }
  const { paint } = terminal;
  const how = reason === 'interrupted' ? paint('yellow', 'Interrupted') : paint('green', 'Finished');
  const rows = Object.entries({ before, after }).map(([when, { loss, perplexity, accuracy, halves }]) => [
    when,
    decimal(loss),
    decimal(perplexity),
    percent(accuracy),
    ...(halves ? [percent(halves.accuracy)] : []),
  ]);
  const columns = [{ title: '' }, right('loss'), right('perplexity'), right('guessed')];
  const word = shellWord(shownPath(folder));
  terminal.print(
    `${how} after ${counted(steps, 'step')} and ${duration(seconds * 1000)}.`,
    '',
    `${counted(after.tokens, 'hidden token')} of held-out training texts:`,
    ...table(after.halves ? [...columns, right('halves found')] : columns, rows, {
      head: (line) => paint('dim', line),
    }),
    '',
    `Encoder: ${shownPath(folder)}`,
    `Next: polytask train run.yaml --set inputs.${input}.encoder.folder=${word}`,
  );
  return code;
}
