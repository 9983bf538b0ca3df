import { expect, it } from 'vitest';
import { countPlaces, describePlacement } from './placement.ts';

const ran = (name: string, type: string, provider: string) => ({
  cat: 'Node',
  name,
  args: { op_name: type, provider: `${provider}ExecutionProvider` },
});

it('counts the operations of a profile once, and names those that are left to the processor', () => {
  const events = [
    ran('a', 'MatMul', 'WebGpu'),
    ran('b', 'Gather', 'CPU'),
    ran('a', 'MatMul', 'WebGpu'),
    ran('c', 'Cast', 'CPU'),
    ran('d', 'Gather', 'CPU'),
    { cat: 'Session', name: 'model_run' },
  ];

  const placement = countPlaces(events);

  expect(placement).toEqual({ operations: 4, onProcessor: ['Cast', 'Gather', 'Gather'] });
  expect(describePlacement(placement)).toBe('3 of 4 operations of a training step run on the processor: Cast, Gather');
  expect(describePlacement(countPlaces(events.slice(0, 1)))).toBe('all 1 operations of a training step run there');
});
