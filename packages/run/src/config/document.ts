import type { Problem } from '@polytask/base';
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

type Path = readonly PropertyKey[];

/** Where in a document something stands; both from 1. */
export type Place = { readonly line?: number; readonly column?: number };

/** A value as it was written, and where its parts stand. */
export type Document = {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The place of the value at `path`, or of its key; where there is none, of the nearest part around it. */
  place(path: Path, of: 'key' | 'value'): Place;
};

/** A value without places. */
export const placeless = (value: unknown): Document => ({ value, problems: [], place: () => ({}) });

/** Parses YAML, of which JSON is a part. Broken syntax, duplicate keys and bombs of aliases become problems (E1201). */
export function readDocument(text: string): Document {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return line > 0 ? { line, column: col } : {};
  };
  const problems: Problem[] = document.errors.map(({ message, pos }) => ({
    code: 'E1201',
    message: `${message.split('\n')[0]}.`.replace(/\.\.$/, '.'),
    ...at(pos[0]),
  }));
  let value: unknown;
  try {
    value = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    problems.push({ code: 'E1201', message: (error as Error).message });
  }
  const start = (node: unknown): Place => {
    const range = (node as Node | null | undefined)?.range;
    return range ? at(range[0]) : {};
  };
  const place: Document['place'] = (path, of) => {
    let node: unknown = document.contents;
    let best = start(node);
    for (const [depth, step] of path.entries()) {
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
        );
        if (!pair) return best;
        const isLast = depth === path.length - 1;
        const found = start(isLast && of === 'key' ? pair.key : (pair.value ?? pair.key));
        best = found.line === undefined ? best : found;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        const found = start(node);
        best = found.line === undefined ? best : found;
      } else return best;
    }
    return best;
  };
  return { value, problems, place };
}
