/** How often each word of texts occurs; longer ones than `longest` characters are left out. */
export function countWords(
  texts: Iterable<string>,
  split: (text: string) => readonly string[],
  longest: number,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of split(text)) if (word.length <= longest) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
