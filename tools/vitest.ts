import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** The one test recipe: source instead of builds, forks, and a console call fails the test that made it. */
export const tests = (overrides: Record<string, unknown> = {}) =>
  defineConfig({
    ssr: { resolve: { conditions: ['@polytask/source', ...defaultServerConditions] } },
    test: {
      include: ['src/**/*.test.ts'],
      setupFiles: [new URL('./vitest.setup.ts', import.meta.url).pathname],
      passWithNoTests: false,
      testTimeout: 60_000,
      reporters: ['default'],
      ...overrides,
    },
  });
