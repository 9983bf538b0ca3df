import { nearest, type Problem, quote } from '@polytask/base';
import type { RunConfig } from '../config/schema.ts';

/** How words become missing labels. */
export const missingFix = (words: readonly string[]): string =>
  `Where they stand for missing labels, name them beside the source: missing: [${words.map((word) => quote(word)).join(', ')}].`;

/** Labels that `under` names and no example has (E2483): misspelt ones let nothing stand where they do. */
export function namedBelow(config: RunConfig, labelsOf: (task: string) => ReadonlySet<string>): Problem[] {
  return Object.entries(config.relations?.hierarchy ?? {}).flatMap(([task, { parent, under }]) => {
    const unknown = (of: string, names: readonly string[]): Problem[] => {
      const known = labelsOf(of);
      const strange = names.filter((name) => !known.has(name));
      if (strange.length === 0) return [];
      const guesses = strange.flatMap((name) => nearest(name, [...known]) ?? []);
      return [
        {
          code: 'E2483',
          path: `relations.hierarchy.${task}.under`,
          message: `No example has the label ${strange.map((name) => quote(name)).join(' or ')} of ${quote(of)}.`,
          ...(guesses.length > 0 && { fix: `Did you mean ${guesses.map((name) => quote(name)).join(', ')}?` }),
        },
      ];
    };
    return [...unknown(parent, Object.keys(under)), ...unknown(task, [...new Set(Object.values(under).flat())])];
  });
}
