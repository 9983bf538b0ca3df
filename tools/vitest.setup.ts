import fc from 'fast-check';
import { afterEach, beforeEach, vi } from 'vitest';

// Drawn cases are the same in every run; POLYTASK_SEED draws others.
fc.configureGlobal({ seed: Number(process.env.POLYTASK_SEED ?? 20) });

// Libraries do not print. tfjs's cpu backend has a banner of its own, which is not ours to fail on.
const methods = ['log', 'info', 'warn', 'error'] as const;

beforeEach(() => {
  for (const method of methods) {
    vi.spyOn(console, method).mockImplementation((...values: unknown[]) => {
      if (String(values[0]).includes('Hi, looks like you are running TensorFlow.js')) return;
      throw new Error(`console.${method} was called: ${values.map(String).join(' ')}`);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});
