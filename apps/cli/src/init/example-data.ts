import { integer, key, words } from '@polytask/base';

const topics = {
  sports: ['the league', 'a young striker', 'the marathon', 'the rowing club', 'the goalkeeper', 'the chess team'],
  business: [
    'the central bank',
    'a local brewery',
    'the shipyard',
    'the stock market',
    'a start-up',
    'the bakery chain',
  ],
  weather: ['the storm', 'a mild autumn', 'the heat wave', 'the snowfall', 'the river', 'the fog'],
} as const;

const moods = {
  positive: ['delights', 'rescues', 'surprises and cheers', 'brings relief to', 'wins over'],
  negative: ['disappoints', 'worries', 'angers', 'leaves nothing for', 'lets down'],
} as const;

const audiences = [
  'the town',
  'its neighbours',
  'thousands of visitors',
  'the whole region',
  'its oldest friends',
  'the morning crowd',
];
const times = ['today', 'after a long wait', 'for the third time', 'before the holidays', 'once again', 'in the north'];

/** Made-up headlines with two labels, some of them missing: enough to see everything work in seconds. */
export function exampleData(rows = 600): string {
  const next = words(key(1));
  const pick = <T>(from: readonly T[]): T => from[integer(next, from.length)]!;
  const isGiven = (percent: number) => integer(next, 100) < percent;
  const lines = Array.from({ length: rows }, (_, row) => {
    const topic = pick(Object.keys(topics) as (keyof typeof topics)[]);
    const mood = pick(Object.keys(moods) as (keyof typeof moods)[]);
    const text = [pick(topics[topic]), pick(moods[mood]), pick(audiences), pick(times)].join(' ');
    return {
      id: `example-${row + 1}`,
      text: text.replace(/^./, (first) => first.toUpperCase()),
      topic: isGiven(90) ? topic : null,
      mood: isGiven(70) ? mood : null,
    };
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
