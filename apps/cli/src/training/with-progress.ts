import type { RunSummary, TrainRunOptions } from '@polytask/run';
import { interrupts } from '../interrupts.ts';
import type { Terminal } from '../terminal.ts';
import { progress } from './progress.ts';
import { reportSummary } from './report-summary.ts';

/** Trains while showing progress; the first Ctrl-C saves and ends. Leaves the exit code in the process. */
export async function withProgress(
  terminal: Terminal,
  train: (options: Pick<TrainRunOptions, 'signal' | 'onEvent'>) => Promise<RunSummary>,
): Promise<void> {
  using stop = interrupts(() => {
    terminal.note('Saving a checkpoint after this step. Once more ends at once, without saving.');
  });
  try {
    const summary = await train({ signal: stop.signal, onEvent: progress(terminal) });
    process.exitCode = reportSummary(summary, terminal);
  } finally {
    terminal.status();
  }
}
