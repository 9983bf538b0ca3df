import { quote } from '@polytask/base';

/** Why a script cannot be imported, on one line: what is wrong, and in which file when that is another one. */
export function importProblem(thrown: unknown, file: string): string {
  if (!(thrown instanceof Error)) return `it threw ${quote(thrown)}`;
  const [first = '', ...rest] = thrown.message.split('\n').map((line) => line.trim());
  // below stand a place in a script that cannot be parsed, or the chain of files that led to a missing one
  const place = rest.map((line) => line.replace(/^- /, '')).find((line) => /^([A-Za-z]:)?[/\\]/.test(line));
  const where = place === undefined || place === file ? '' : ` (${place})`;
  return `${first.replace(/[.\s]+$/, '') || thrown.name}${where}`;
}
