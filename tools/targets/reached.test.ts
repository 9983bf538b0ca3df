import { expect, test } from 'vitest';
import { judged } from './reached.ts';

test('targets are met at their bound, and missed by what is worse or no number', () => {
  expect(
    judged([
      { name: 'accuracy', reached: 0.93, least: 0.93 },
      { name: 'seconds', reached: 212.4, most: 300 },
    ]),
  ).toEqual({
    lines: ['  reached  accuracy: 0.930, must be at least 0.93', '  reached  seconds: 212, must be at most 300'],
    isMet: true,
  });
  for (const reached of [0.9299, Number.NaN, null, undefined])
    expect(judged([{ name: 'accuracy', reached, least: 0.93 }]).isMet).toBe(false);
  expect(judged([{ name: 'wer', reached: 0.101, most: 0.1 }]).isMet).toBe(false);
});
