// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
const colours = /\u001b\[[0-9;]*m/g;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const weightless = /\p{Mn}|\p{Me}|\p{Cf}/u;

const columnsOf = (character: string): number => (weightless.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns of a terminal that a text takes: colours none, Chinese and emoji two. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text.replace(colours, '')) columns += columnsOf(character);
  return columns;
}

/** A text without colours in at most `limit` columns. */
export function cut(text: string, limit: number): string {
  if (width(text) <= limit) return text;
  let kept = '';
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > limit - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Foreign text on one line and without what a terminal would obey. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
