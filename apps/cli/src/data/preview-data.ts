import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { dataPreview } from '@polytask/report';
import { makeFolder, previewRun, readRunFile } from '@polytask/run';
import { type CommonOptions, changes } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { isRunFile } from './open-data.ts';

export type PreviewDataOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly out: string;
  readonly rows?: number;
};

/** Writes a page of the first rows of a run as the model will see them. */
export async function previewData(file: string, options: PreviewDataOptions, terminal: Terminal): Promise<void> {
  if (!isRunFile(file))
    throw new PolytaskError('usage', {
      code: 'E1033',
      file,
      message: 'A data file does not say what a model takes of it.',
      fix: `Give a run file; polytask init --data ${file} writes one, and polytask data report takes data files.`,
    });
  terminal.status('Preparing');
  const run = await readRunFile(file, changes(options));
  const preview = await previewRun(run, options.rows === undefined ? {} : { rows: options.rows });
  await makeFolder(options.out);
  const path = join(options.out, 'preview.html');
  await writeFile(path, dataPreview(preview));
  terminal.status();
  const augmented = preview.augmented.length;
  terminal.print(
    `Wrote ${shownPath(path)}: ${counted(preview.rows.length, 'row')}${augmented > 0 ? `, ${counted(augmented, 'training example')} beside their augmentations` : ''}.`,
  );
  if (terminal.json) terminal.emit({ file: path, ...preview });
}
