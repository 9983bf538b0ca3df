import { expect, test } from 'vitest';
import { runReadme } from '../../../tools/readme.ts';
import * as metrics from './index.ts';

test('the README prints what it says', async () => {
  const { printed, promised } = await runReadme(new URL('../README.md', import.meta.url), {
    '@polytask/metrics': metrics,
  });

  expect(printed).toHaveLength(4);
  expect(printed).toEqual(promised);
});
