/**
 * What the task-balancing methods do, measured: the tables of docs/algorithms.md.
 *
 *   pnpm --silent bench algorithms [--only toy,mmoe,two-digits,labels,resources] [--seeds 10] [--quick] [--json] [--write]
 *
 * `--write` puts the tables of the sections that ran between their markers in docs/algorithms.md; `--quick` shows that a section runs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fewerLabels } from './algorithms/labels.ts';
import { note, type Section } from './algorithms/markdown.ts';
import { replaceMarked } from './algorithms/marked.ts';
import { experts } from './algorithms/mmoe.ts';
import { resources } from './algorithms/resources.ts';
import { toyProblem } from './algorithms/toy.ts';
import { twoDigits } from './algorithms/two-digits.ts';

const sections: readonly Section[] = [toyProblem, experts, twoDigits, fewerLabels, resources];
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const names = sections.map(({ name }) => name);
const wanted = flags.only?.split(',') ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0)
  throw new RangeError(`--only: expected some of ${names.join(', ')}. Found ${unknown.join(', ')}.`);
const seeds = flags.seeds === undefined ? undefined : Number(flags.seeds);
if (seeds !== undefined && !(Number.isInteger(seeds) && seeds > 0))
  throw new RangeError(`--seeds: expected a positive integer. Found ${flags.seeds}.`);
if (flags.quick && flags.write) throw new RangeError('--quick is no measurement that could be written.');

const document = fileURLToPath(new URL('../../docs/algorithms.md', import.meta.url));
const measured: Record<string, readonly string[]> = {};
for (const { name, measure } of sections) {
  if (!wanted.includes(name)) continue;
  note(`# ${name}`);
  const lines = await measure({ seeds, quick: flags.quick });
  measured[name] = lines;
  if (!flags.json) process.stdout.write(`## ${name}\n\n${lines.join('\n')}\n\n`);
  if (flags.write) writeFileSync(document, replaceMarked(readFileSync(document, 'utf8'), name, lines));
}
if (flags.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
