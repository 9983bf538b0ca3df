import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kernelNames, kernelsTable, tableFile } from './kernels-table.ts';

it('docs/kernels.md is the table of today’s kernels', async () => {
  expect(readFileSync(tableFile, 'utf8')).toBe(await kernelsTable());
});

it('the table has a row for each kernel of tfjs-core', async () => {
  const table = await kernelsTable();

  expect(kernelNames()).toContain('_FusedMatMul');
  for (const name of kernelNames()) expect(table).toContain(`\n| ${name} | `);
});
