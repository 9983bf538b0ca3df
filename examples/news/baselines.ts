// What simple methods reach on headlines.jsonl, as the table of DATA.md.
// npm run baselines
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fold, type Key, key, permutation } from '@polytask/base';
import { type Example, fitLabels, loadExamples, normalizeText, openSource, stratifiedSplit } from '@polytask/data';
import { bootstrapInterval, f1Score, type Interval, wilsonInterval } from '@polytask/metrics';

const tasks = ['topic', 'sentiment'] as const;
type Task = (typeof tasks)[number];
type Pair = { readonly predicted: string; readonly actual: string };
type Row = { readonly text: string; readonly label: string };
type Classify = (text: string) => string;

/** A way to fit a classifier, and the settings among which held-out rows choose. */
type Method = {
  readonly name: string;
  readonly settings: readonly number[];
  fit(key: Key, rows: readonly Row[], setting: number): Classify;
};

const words = (text: string): string[] => normalizeText(text).match(/\p{L}+/gu) ?? [];
const isHan = (word: string): boolean => /\p{Script=Han}/u.test(word);
const characterGrams = (text: string, size: number): string[] => {
  const characters = [...text];
  return characters.slice(size - 1).map((_, start) => characters.slice(start, start + size).join(''));
};

/** Remembers the answer for each text: the same texts come in every fold, for every setting. */
function once<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    if (!known.has(text)) known.set(text, answer(text));
    return known.get(text)!;
  };
}

/** Words; of Chinese, which has no spaces between them, character bigrams. */
const keywords = once(
  (text) => new Set(words(text).flatMap((word) => (isHan(word) ? characterGrams(word, 2) : [word]))),
);

/** How often a text has its word 1- and 2-grams, prefixed, and its character 2- to 4-grams. */
const ngrams = once((text) => {
  const all = words(text);
  const pairs = all.slice(1).map((word, before) => `w:${all[before]} ${word}`);
  const spaced = ` ${normalizeText(text)} `;
  const characters = [2, 3, 4].flatMap((size) => characterGrams(spaced, size));
  const counts = new Map<string, number>();
  for (const gram of [...all.map((word) => `w:${word}`), ...pairs, ...characters]) increment(counts, gram);
  return counts;
});

function increment<Item>(counts: Map<Item, number>, item: Item): void {
  counts.set(item, (counts.get(item) ?? 0) + 1);
}

function mostFrequent(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) increment(counts, label);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]![0];
}

const labelsOf = (rows: readonly Row[]): string[] => rows.map(({ label }) => label);

const majority: Method = {
  name: 'majority class',
  settings: [0],
  fit: (_key, rows) => {
    const label = mostFrequent(labelsOf(rows));
    return () => label;
  },
};

/**
 * Per class the k words with the highest log-odds, the class with most of its words in the text.
 *
 *   log (dₗ + ½)/(nₗ − dₗ + ½) − log (d − dₗ + ½)/(n − nₗ − d + dₗ + ½),   d of n rows have the word, dₗ of nₗ with label l
 */
const keywordList: Method = {
  name: 'keyword list',
  settings: [10, 30, 100, 300, 1000],
  fit: (_key, rows, k) => {
    const fallback = mostFrequent(labelsOf(rows));
    const everywhere = new Map<string, number>();
    for (const { text } of rows) for (const word of keywords(text)) increment(everywhere, word);
    const lists = fitLabels(labelsOf(rows)).labels.map((label) => {
      const own = rows.filter((row) => row.label === label);
      const inside = new Map<string, number>();
      for (const { text } of own) for (const word of keywords(text)) increment(inside, word);
      const odds = (having: number, of: number) => Math.log((having + 0.5) / (of - having + 0.5));
      const others = rows.length - own.length;
      const scored = [...inside].map(([word, count]): [string, number] => [
        word,
        odds(count, own.length) - odds(everywhere.get(word)! - count, others),
      ]);
      scored.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return { label, list: new Set(scored.slice(0, k).map(([word]) => word)) };
    });
    return (text) => {
      const found = keywords(text);
      const hits = lists.map(({ label, list }) => ({
        label,
        count: [...found].filter((word) => list.has(word)).length,
      }));
      const most = Math.max(...hits.map(({ count }) => count));
      const best = hits.filter(({ count }) => count === most);
      return best.length === 1 ? best[0]!.label : fallback;
    };
  },
};

/** A text as tf-idf values of known n-grams, of Euclidean length 1. */
type Sparse = { readonly at: Int32Array; readonly values: Float64Array };

/** (1 + log tf) · log (n + 1)/(d + 1) of the n-grams that at least two rows have, and 1 for the bias. */
function tfIdf(rows: readonly Row[]): { readonly size: number; vector(text: string): Sparse } {
  const frequency = new Map<string, number>();
  for (const { text } of rows) for (const gram of ngrams(text).keys()) increment(frequency, gram);
  const known = [...frequency].filter(([, count]) => count > 1);
  const column = new Map(known.map(([gram], index) => [gram, index]));
  const weight = Float64Array.from(known, ([, count]) => Math.log((rows.length + 1) / (count + 1)));
  const vector = (text: string): Sparse => {
    const present = [...ngrams(text)].flatMap(([gram, count]) => {
      const index = column.get(gram);
      return index === undefined ? [] : [{ index, count }];
    });
    const values = present.map(({ index, count }) => (1 + Math.log(count)) * weight[index]!);
    const length = Math.hypot(...values) || 1;
    return {
      at: Int32Array.from([...present.map(({ index }) => index), known.length]),
      values: Float64Array.from([...values.map((value) => value / length), 1]),
    };
  };
  return { size: known.length + 1, vector };
}

/**
 * Multinomial logistic regression by stochastic gradient descent, λ/2 ‖W‖² on the weights.
 *
 *   W ← (1 − ηₜλ) W − ηₜ (softmax(Wx) − y) xᵀ,   ηₜ = η/(1 + ηλt)
 *
 * The decay is one factor for all weights, so a step costs what its text has. Bottou, "Stochastic Gradient Descent Tricks", 2012.
 */
const logisticRegression: Method = {
  name: 'n-gram logistic regression',
  settings: [1e-4, 3e-4, 1e-3],
  fit: (key, rows, decay) => {
    const { labels } = fitLabels(labelsOf(rows));
    const { size, vector } = tfIdf(rows);
    const weights = new Float32Array(size * labels.length); // [n-grams, classes]
    const scores = new Float64Array(labels.length);
    let scale = 1;
    const score = ({ at, values }: Sparse) => {
      scores.fill(0);
      for (let item = 0; item < at.length; item++) {
        const start = at[item]! * scores.length;
        const value = scale * values[item]!;
        for (let c = 0; c < scores.length; c++) scores[c]! += value * weights[start + c]!;
      }
    };
    const texts = rows.map(({ text }) => vector(text));
    const classes = rows.map(({ label }) => labels.indexOf(label));
    const epochs = 15;
    const rate = 2;
    for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
      for (const row of permutation(fold(key, epoch), rows.length)) {
        const current = rate / (1 + rate * decay * step++);
        score(texts[row]!);
        const highest = Math.max(...scores);
        let total = 0;
        for (let c = 0; c < scores.length; c++) total += scores[c] = Math.exp(scores[c]! - highest);
        scale *= 1 - current * decay;
        const { at, values } = texts[row]!;
        for (let item = 0; item < at.length; item++) {
          const start = at[item]! * scores.length;
          const change = (current * values[item]!) / scale;
          for (let c = 0; c < scores.length; c++) {
            weights[start + c]! -= change * (scores[c]! / total - (c === classes[row] ? 1 : 0));
          }
        }
      }
    }
    return (text) => {
      score(vector(text));
      return labels[scores.indexOf(Math.max(...scores))]!;
    };
  },
};

const predict = (classify: Classify, rows: readonly Row[]): Pair[] =>
  rows.map(({ text, label }) => ({ predicted: classify(text), actual: label }));
const correct = (pairs: readonly Pair[]): number =>
  pairs.filter(({ predicted, actual }) => predicted === actual).length;

/** The classifier whose setting is best on `validation`, fitted on both parts. */
function fitBest(key: Key, method: Method, training: readonly Row[], validation: readonly Row[]): Classify {
  let best = { setting: method.settings[0]!, hits: -1 };
  for (const setting of method.settings.length > 1 ? method.settings : []) {
    const hits = correct(predict(method.fit(key, training, setting), validation));
    if (hits > best.hits) best = { setting, hits };
  }
  return method.fit(key, [...training, ...validation], best.setting);
}

const rowsOf = (examples: readonly Example[], indexes: Iterable<number>, task: Task): Row[] =>
  [...indexes].flatMap((index) => {
    const { inputs, labels } = examples[index]!;
    const label = labels[task];
    return label === null || label === undefined ? [] : [{ text: inputs.text!, label: String(label) }];
  });

/** Predictions for the test part of the split that the run file uses. */
function onTestSplit(seed: Key, examples: readonly Example[], task: Task, method: Method): Pair[] {
  const { parts } = stratifiedSplit(seed, labelsOfAll(examples), [0.8, 0.1, 0.1]);
  const [training, validation, test] = parts.map((part) => rowsOf(examples, part, task));
  return predict(fitBest(seed, method, training!, validation!), test!);
}

/** Predictions for every row by a classifier that has not seen it: settings chosen on the fold after the one left out. */
function crossValidated(seed: Key, examples: readonly Example[], task: Task, method: Method): Pair[] {
  const { parts } = stratifiedSplit(fold(seed, 'folds'), labelsOfAll(examples), [0.2, 0.2, 0.2, 0.2, 0.2]);
  const folds = parts.map((part) => rowsOf(examples, part, task));
  return folds.flatMap((leftOut, at) => {
    const next = (at + 1) % folds.length;
    const training = folds.filter((_, other) => other !== at && other !== next).flat();
    return predict(fitBest(fold(seed, at), method, training, folds[next]!), leftOut);
  });
}

const labelsOfAll = (examples: readonly Example[]) => examples.map(({ labels }) => labels);
const macroF1 = (pairs: readonly Pair[]): number => {
  const sides = [pairs.map(({ predicted }) => predicted), pairs.map(({ actual }) => actual)] as const;
  return f1Score(...sides, { average: 'macro', labels: fitLabels(sides[1]).labels });
};

/** Cohen's κ = (pₒ − pₑ)/(1 − pₑ): agreement beyond what the frequencies of the labels would give. 1960. */
function kappa(pairs: readonly Pair[]): number {
  const observed = correct(pairs) / pairs.length;
  const share = (side: keyof Pair, label: string) => pairs.filter((pair) => pair[side] === label).length / pairs.length;
  const expected = fitLabels(pairs.flatMap(({ predicted, actual }) => [predicted, actual]))
    .labels.map((label) => share('predicted', label) * share('actual', label))
    .reduce((sum, product) => sum + product, 0);
  return (observed - expected) / (1 - expected);
}

const fixed = (value: number): string => value.toFixed(3);
const withInterval = (value: number, { low, high }: Interval) => `${fixed(value)} (${fixed(low)}–${fixed(high)})`;
const line = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { examples } = await loadExamples(openSource(here('headlines.jsonl')), {
  id: 'id',
  inputs: { text: { column: 'text', type: 'text' } },
  tasks: { topic: { column: 'topic', type: 'label' }, sentiment: { column: 'sentiment', type: 'label' } },
});
const seed = key(7);
const limit = 0.75;
const tooGood: string[] = [];

line(['task', 'method', 'rows', 'n', 'accuracy', 'macro-F1']);
line(['---', '---', '---', '--:', '--:', '--:']);
for (const task of tasks) {
  for (const method of [majority, keywordList, logisticRegression]) {
    for (const [rows, evaluate] of [['test', onTestSplit] as const, ['5-fold', crossValidated] as const]) {
      const pairs = evaluate(seed, examples, task, method);
      const accuracy = correct(pairs) / pairs.length;
      const f1 = withInterval(macroF1(pairs), bootstrapInterval(fold(seed, 'bootstrap'), pairs, macroF1));
      const interval = wilsonInterval(correct(pairs), pairs.length);
      line([task, method.name, rows, pairs.length, withInterval(accuracy, interval), f1]);
      if (method === keywordList && accuracy >= limit) tooGood.push(`${task}, ${rows}: ${fixed(accuracy)}`);
    }
  }
}

type Annotation = { readonly id: string } & Readonly<Record<Task, readonly [string, string]>>;
const annotations = readFileSync(here('annotations.jsonl'), 'utf8').trim().split('\n');
const parsed = annotations.map((json): Annotation => JSON.parse(json));
console.log();
line(['task', 'language', 'n', 'differ', 'agreement', "Cohen's κ"]);
line(['---', '---', '--:', '--:', '--:', '--:']);
for (const task of tasks) {
  for (const [language, prefix] of Object.entries({ English: 'en', Chinese: 'zh', both: '' })) {
    const some = parsed.filter(({ id }) => id.startsWith(prefix));
    const pairs = some.map(({ [task]: [first, second] }): Pair => ({ predicted: first, actual: second }));
    const agreed = correct(pairs);
    const agreement = withInterval(agreed / pairs.length, wilsonInterval(agreed, pairs.length));
    line([task, language, pairs.length, pairs.length - agreed, agreement, fixed(kappa(pairs))]);
  }
}
console.log(
  `\nKeyword list below ${limit} on both tasks: ${tooGood.length === 0 ? 'yes' : `no (${tooGood.join('; ')})`}.`,
);
if (tooGood.length > 0) process.exitCode = 1;
