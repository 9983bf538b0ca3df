import { writeFile } from 'node:fs/promises';
import { explanationReport } from '@polytask/report';
import type { OpenRun, PredictedInput } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';

/** An input that could be predicted, by what a page names it. */
export type ExplainedRow = { readonly id: string; readonly input: PredictedInput };

/** Writes a page that says why the model predicts what it predicts for these inputs. */
export async function writeExplanation(
  model: OpenRun,
  rows: readonly ExplainedRow[],
  { file, folder, terminal }: { readonly file: string; readonly folder: string; readonly terminal: Terminal },
): Promise<void> {
  terminal.status(`Explaining ${counted(rows.length, 'input')}`);
  const explained = await model.explain(
    rows.map(({ input }) => input),
    { folder },
  );
  const named = explained.map((one, at) => ({ ...one, id: rows[at]!.id }));
  await writeFile(file, explanationReport(named, { name: model.config.name }));
  terminal.status();
  terminal.print(`Wrote ${shownPath(file)}: why, for ${counted(rows.length, 'input')}.`);
}
