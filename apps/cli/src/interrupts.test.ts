import { expect, it } from 'vitest';
import { interrupts } from './interrupts.ts';

it('aborts with the first signal, and leaves the second to end the process', () => {
  const before = process.listenerCount('SIGINT');
  const heard: string[] = [];
  using stop = interrupts((signal) => heard.push(signal));
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  process.emit('SIGINT', 'SIGINT');
  expect(stop.signal.aborted).toBe(true);
  expect(heard).toEqual(['SIGINT']);
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual([before, before]);
});

it('listens no longer than it is in use', () => {
  const before = process.listenerCount('SIGTERM');
  {
    using stop = interrupts(() => {});
    expect(stop.signal.aborted).toBe(false);
  }
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
