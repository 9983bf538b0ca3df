import { expect, it } from 'vitest';
import { certainty, shownPrediction } from './shown-prediction.ts';

const answerTo = (prediction: Parameters<typeof shownPrediction>[0]) => shownPrediction(prediction).answer;

it('shows classes, numbers and texts with how sure they are', () => {
  const label = shownPrediction({ label: 'sports', probability: 0.75, probabilities: { sports: 0.75 } });
  expect([label.answer, certainty(label)]).toEqual(['sports', '0.7500']);
  const number = shownPrediction({ value: 12.345678, deviation: 0.5 });
  expect([number.answer, certainty(number)]).toEqual(['12.3457', '0.5']);
  expect(answerTo({ text: 'yes', logProbability: 0 })).toBe('yes');
});

it('shows sets of labels, spans and boxes as lists, and that there are none', () => {
  expect(answerTo({ labels: ['red', 'round'], probabilities: { red: 0.9, round: 0.8, heavy: 0.1 } })).toBe(
    'red, round',
  );
  expect(answerTo({ labels: [], probabilities: { red: 0.1 } })).toBe('');
  const span = { label: 'city', start: 2, end: 4, probability: 0.9 };
  expect(
    answerTo({
      tags: [],
      spans: [
        { ...span, text: 'new york', from: 7, to: 15 },
        { ...span, label: 'day' },
        { ...span, end: 3 },
      ],
    }),
  ).toBe('city: new york, day: words 3–4, city: word 3');
  expect(answerTo({ tags: ['O'], spans: [] })).toBe('');
  const box = { label: 'car', score: 0.926, x: 12.3456, y: 4, width: 30, height: 0.123456 };
  expect(answerTo({ boxes: [box] })).toBe('car 0.93 at 12.3, 4, 30 × 0.123');
  expect(certainty(shownPrediction({ boxes: [] }))).toBe('');
});
