import type { RunSummary } from '@polytask/run';
import { exitCodes } from '../exit-codes.ts';
import { jsonMajority, jsonScores } from '../results/json-scores.ts';
import { scoreTable } from '../results/score-table.ts';
import type { Terminal } from '../terminal.ts';
import { byteSize, counted, decimal, duration, grouped } from '../text/numbers.ts';
import { shellWord } from '../text/shell-word.ts';
import { shownPath } from '../text/shown-path.ts';

/** Says how training ended, and how to go on. Returns the exit code. */
export function reportSummary(summary: RunSummary, terminal: Terminal): number {
  terminal.status();
  const { reason, steps, epochs, seconds, best, folder, validation, test, majority } = summary;
  const shown = shownPath(folder);
  const word = shellWord(shown);
  if (terminal.json) terminal.emit(jsonSummary(summary));
  if (reason === 'interrupted') {
    // Whoever pressed Ctrl-C must learn how to go on, also in a quiet terminal.
    const lines = [
      `Interrupted after ${counted(steps, 'step')}; everything is saved. Go on with:`,
      `  polytask resume ${word}`,
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
    return exitCodes.interrupted;
  }
  const how = summary.alreadyFinished ? 'Already finished' : reason === 'stopped early' ? 'Stopped early' : 'Finished';
  const atBest = best ? ` Best at step ${grouped(best.step)}: score ${decimal(best.score)}.` : '';
  const { waitedSeconds: waited = 0 } = summary;
  // less is not worth a word
  const waits = waited > seconds / 20 ? ` Steps waited ${duration(waited * 1000)} of it for their batches.` : '';
  terminal.print(
    `${terminal.paint('green', how)} after ${counted(epochs, 'epoch')} (${counted(steps, 'step')}) and ${duration(seconds * 1000)}; at most ${byteSize(summary.peakMemory)} of memory.${waits}${atBest}`,
  );
  const scores = test ?? validation;
  if (scores) {
    const part = test ? 'Test part' : 'Validation part (there is no test part)';
    terminal.print('', `${part}, with the best weights:`, ...scoreTable({ tasks: scores, majority }, terminal.paint));
  }
  terminal.print('', `Run folder: ${shown}`, `Next: polytask predict ${word} ${examples[summary.input ?? 'text']}`);
  return exitCodes.fine;
}

/** What to give `predict`, by the type of the input. */
const examples = {
  text: '"some text"',
  image: 'picture.png',
  speech: 'sound.wav',
  table: '--data rows.csv',
} as const;

function jsonSummary({ validation, test, majority, ...rest }: RunSummary) {
  return {
    ...rest,
    ...(test ? jsonScores(test) : {}),
    validation: validation && jsonScores(validation),
    majority: majority && jsonMajority(majority),
  };
}
