import type { Problem } from '@polytask/base';
import type { Terminal } from '../terminal.ts';
import { counted } from './numbers.ts';
import { shownProblem } from './shown-problem.ts';

const shownAtMost = 25;

/** What is worth a look, one line each; a very long list is cut. */
export function noteLines(notes: readonly Problem[], { paintNote }: Pick<Terminal, 'paintNote'>): string[] {
  const left = notes.length - shownAtMost;
  return [
    ...notes.slice(0, shownAtMost).map((note) => `${paintNote('yellow', 'note')} ${shownProblem(note)}`),
    ...(left > 0 ? [`… and ${counted(left, 'more note')}.`] : []),
  ];
}
