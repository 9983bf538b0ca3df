/**
 * Lists and records that a text holds, as cells of CSV files do: written as JSON, or as Python and NumPy print them, which is what tables have whose
 * cells were lists in memory: `['O', 'B-city']`, `['O' 'B-city']`, `{'sad': True, 'calm': None}`. Undefined for what is neither.
 */
export function readWritten(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  return fromJson(text) ?? fromJson(pythonAsJson(text));
}

/** Whether a text stands in the brackets of a list or a record, and its parts between commas or in quotes, and yet is none that `readWritten` reads. */
export const isBrokenList = (text: string): boolean => /^\s*[[{][^\]}]*[,'"].*[\]}]\s*$/su.test(text);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a text that begins with a bracket
  }
}

const words: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' };

/** The texts of Python in the quotes of JSON, its words for null, true and false; between texts of NumPy, commas. */
const pythonAsJson = (text: string): string =>
  text
    .replace(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|\b(?:None|True|False)\b/gsu, (found, single, double) => {
      const quoted = single ?? double;
      return quoted === undefined ? words[found]! : JSON.stringify(unescaped(quoted));
    })
    // text after text, so that none is taken to begin where one ends
    .replace(/("(?:[^"\\]|\\.)*")(\s+(?="))?/gsu, (_, quoted, gap) => (gap === undefined ? quoted : `${quoted},`));

/** Escaped quotes and backslashes without their backslash; other escapes stay as they are written. */
const unescaped = (text: string): string => text.replace(/\\(['"\\])/gu, '$1');
