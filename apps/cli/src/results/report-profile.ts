import type { RunProfile } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { counted, grouped, percent } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** Most layers take less than one. */
const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;

/** The times of layers per step. */
export function reportProfile(profile: RunProfile, terminal: Terminal): void {
  const { steps, device, layers } = profile;
  if (terminal.json) {
    terminal.emit(profile);
    return;
  }
  const { paint } = terminal;
  const all = layers.reduce((sum, { forwardMs, backwardMs }) => sum + forwardMs + backwardMs, 0);
  const rows = layers.map(({ layer, forwardMs, backwardMs, calls }) => [
    layer || '(no layer)',
    milliseconds(forwardMs / steps),
    milliseconds(backwardMs / steps),
    percent((forwardMs + backwardMs) / all),
    grouped(Math.round(calls / steps)),
  ]);
  terminal.print(
    ...table([{ title: 'layer' }, right('forward'), right('backward'), right('share'), right('operations')], rows, {
      head: (line) => paint('dim', line),
    }),
    paint('dim', `Per step, over ${counted(steps, 'step')}: ${milliseconds(all / steps)} in operations. ${device}.`),
  );
}
