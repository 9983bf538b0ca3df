/** A text with other lines between `<!-- measured: name -->` and `<!-- /measured -->`. @throws RangeError where there are no such markers. */
export function replaceMarked(text: string, name: string, lines: readonly string[]): string {
  const [start, end] = [`<!-- measured: ${name} -->\n`, '<!-- /measured -->'];
  const from = text.indexOf(start);
  const to = from < 0 ? -1 : text.indexOf(end, from);
  if (to < 0) throw new RangeError(`expected the lines ${start.trim()} and ${end}. Found none.`);
  return `${text.slice(0, from + start.length)}\n${lines.join('\n')}\n\n${text.slice(to)}`;
}
