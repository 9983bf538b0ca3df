import { normalizeText } from '../text/normalize-text.ts';

export type LabelLeak = {
  readonly label: string;
  /** The word, or the label's name, as normalised text. */
  readonly token: string;
  /** Whether the token is, or holds, the name of the label. */
  readonly isLabelName: boolean;
  /** Rows that hold the token. */
  readonly rows: number;
  /** P(label | token), over the rows that hold it. */
  readonly precision: number;
  /** P(token | label): the share of the label's rows that hold it. */
  readonly recall: number;
};

export type LabelLeakOptions = {
  /** Rows to look at. Default: all. */
  readonly rows?: ArrayLike<number>;
  /** The precision from which a token almost determines a label. Default: 0.95. */
  readonly minPrecision?: number;
  /** The same for names of labels, which are also said in passing. Default: 0.8. */
  readonly minNamePrecision?: number;
  /** Tokens in fewer rows are not considered. Default: 5. */
  readonly minRows?: number;
  /** The recall from which a word that is no label's name is reported. Default: 0.5. */
  readonly minRecall?: number;
};

const word = /[#@]?[\p{L}\p{N}\p{M}_]+/gu;
const shortestName = 3;
const mostWords = 2_000_000;

/**
 * Words in the texts that almost determine the label, and names of labels pasted into the texts, most precise first.
 *
 * A name is also found within words (`#veryhappy`). It is reported from `minNamePrecision` and well above the label's share of all rows; another
 * word only when it also stands in most rows of its label. Labels that are the only one have no leaks.
 *
 * @throws RangeError when texts and labels differ in length.
 */
export function labelLeaks(
  texts: ArrayLike<string | null>,
  labels: ArrayLike<string | number | null>,
  options: LabelLeakOptions = {},
): LabelLeak[] {
  if (texts.length !== labels.length) {
    throw new RangeError(`labels: expected ${texts.length} as there are texts. Found ${labels.length}.`);
  }
  const { minPrecision = 0.95, minNamePrecision = 0.8, minRows = 5, minRecall = 0.5 } = options;
  const rows = options.rows ?? Uint32Array.from({ length: texts.length }, (_, row) => row);
  const classes = new Map<string, number>();
  const counts: number[] = [];
  const names: (string | undefined)[] = [];
  let total = 0;
  for (let at = 0; at < rows.length; at++) {
    const label = labels[rows[at]!] ?? null;
    if (label === null || (texts[rows[at]!] ?? null) === null) continue;
    const name = String(label);
    if (!classes.has(name)) {
      classes.set(name, counts.length);
      const normalised = normalizeText(name);
      names.push(normalised.length >= shortestName ? normalised : undefined);
      counts.push(0);
    }
    counts[classes.get(name)!]!++;
    total++;
  }
  if (counts.length < 2) return [];
  const byWord = new Map<string, Map<number, number>>();
  const byName = names.map(() => new Map<number, number>());
  const add = (where: Map<number, number>, label: number) => where.set(label, (where.get(label) ?? 0) + 1);
  for (let at = 0; at < rows.length; at++) {
    const label = labels[rows[at]!] ?? null;
    const raw = texts[rows[at]!] ?? null;
    if (label === null || raw === null) continue;
    const ofRow = classes.get(String(label))!;
    const text = normalizeText(raw);
    for (const token of new Set(text.match(word))) {
      let known = byWord.get(token);
      if (known === undefined) {
        if (byWord.size === mostWords) continue; // later new words are rare
        known = new Map();
        byWord.set(token, known);
      }
      add(known, ofRow);
    }
    const joined = text.replace(/[\s_-]+/g, '');
    names.forEach((name, number) => {
      if (name !== undefined && (text.includes(name) || joined.includes(name.replace(/[\s_-]+/g, '')))) {
        add(byName[number]!, ofRow);
      }
    });
  }
  const labelNames = [...classes.keys()];
  const leaks: LabelLeak[] = [];
  const seen = new Set<string>();
  const consider = (token: string, found: Map<number, number>, ofLabel?: number) => {
    let holding = 0;
    let best = 0;
    for (const [label, count] of found) {
      holding += count;
      if (count > (found.get(best) ?? 0)) best = label;
    }
    const right = found.get(best) ?? 0;
    const precision = right / holding;
    const recall = right / counts[best]!;
    if (holding < minRows) return;
    const share = counts[best]! / total;
    const name = names[best];
    const isLabelName = ofLabel === best || (name !== undefined && token.includes(name));
    const matters = isLabelName
      ? precision >= Math.max(minNamePrecision, Math.min(3 * share, (1 + share) / 2))
      : precision >= minPrecision && recall >= minRecall && share < 0.9;
    if (!matters || seen.has(`${best} ${token}`)) return;
    seen.add(`${best} ${token}`);
    leaks.push({ label: labelNames[best]!, token, isLabelName, rows: holding, precision, recall });
  };
  byName.forEach((found, label) => {
    if (found.size > 0) consider(names[label]!, found, label);
  });
  for (const [token, found] of byWord) consider(token, found);
  return leaks.sort(
    (a, b) =>
      Number(b.isLabelName) - Number(a.isLabelName) ||
      b.recall - a.recall ||
      b.precision - a.precision ||
      (a.token < b.token ? -1 : 1),
  );
}
