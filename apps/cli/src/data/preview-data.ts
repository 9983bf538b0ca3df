import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { contactSheet, decodeImage, encodePng, type Image, type Shown } from '@polytask/data';
import { dataPreview } from '@polytask/report';
import { makeFolder, previewRun, type RunPreview, readRunFile } from '@polytask/run';
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
  const sheet = await pictureSheet(preview.augmented);
  if (sheet) await writeFile(join(options.out, 'contact-sheet.png'), sheet);
  terminal.status();
  const augmented = preview.augmented.length;
  terminal.print(
    `Wrote ${shownPath(path)}: ${counted(preview.rows.length, 'row')}${augmented > 0 ? `, ${counted(augmented, 'training example')} beside their augmentations` : ''}.${sheet ? ' The pictures alone are in contact-sheet.png.' : ''}`,
  );
  if (terminal.json) terminal.emit({ file: path, ...preview });
}

/** Originals beside what augmentations made of them, as a PNG file; undefined where nothing of it is a picture. */
async function pictureSheet(rows: RunPreview['augmented']): Promise<Uint8Array | undefined> {
  const pictures = await Promise.all(
    rows.map(async ({ original, augmented }) => ({
      original: await pictureOf(original),
      augmented: (await Promise.all(augmented.map(({ shown }) => pictureOf(shown)))).flatMap((one) => one ?? []),
    })),
  );
  const shown = pictures.flatMap(({ original, augmented: made }) => (original ? [{ original, made }] : []));
  if (shown.length === 0) return undefined;
  return encodePng(
    contactSheet(
      shown.map(({ original }) => original),
      shown.map(({ made }) => made),
    ),
  );
}

async function pictureOf(shown: Shown | null): Promise<Image | undefined> {
  const uri = shown === null ? null : shown.kind === 'sound' ? shown.logMel : 'picture' in shown ? shown.picture : null;
  return uri ? decodeImage(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64')) : undefined;
}
