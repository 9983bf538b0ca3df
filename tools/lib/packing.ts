import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { repository, type Violation, type WorkspacePackage, workspacePackages } from './workspace.ts';

const { resolve } = createRequire(import.meta.url);
const root = fileURLToPath(repository);

/** A packed package: what would be published. */
export type Tarball = { readonly member: WorkspacePackage; readonly file: string; readonly bytes: number };

/** Runs a Node script and returns what it printed; throws with all of it when it fails. */
export const runScript = (script: string, words: readonly string[], folder: string): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${basename(script)} ${words.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
};

export const publicPackages = (): WorkspacePackage[] =>
  workspacePackages(root).filter(({ manifest }) => manifest.private !== true);

/** Builds all packages: `dist/` is what gets packed. */
export const build = (): void => {
  runScript(join(root, 'tools', 'workspace.mjs'), ['build'], root);
};

/** Packs each package with pnpm, which applies `publishConfig` and adds the root's license. */
export const pack = (members: readonly WorkspacePackage[]): Tarball[] => {
  const destination = mkdtempSync(join(tmpdir(), 'polytask-tarballs-'));
  return members.map((member) => {
    const aside = join(destination, basename(member.folder));
    mkdirSync(aside);
    const script = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
    const { filename } = JSON.parse(
      runScript(script, ['pack', '--config.ignore-scripts=true', '--json', '--pack-destination', aside], member.folder),
    ) as {
      filename: string;
    };
    const file = join(destination, basename(filename));
    renameSync(join(aside, basename(filename)), file);
    return { member, file, bytes: statSync(file).size };
  });
};

/** The paths inside a tarball, without the leading `package/`. */
export const pathsIn = (tarball: string): string[] => {
  const archive = gunzipSync(readFileSync(tarball));
  const text = (start: number, length: number) => archive.toString('utf8', start, start + length).replace(/\0.*$/s, '');
  const paths: string[] = [];
  // A tar header is 512 bytes: name at 0, size in octal at 124, name prefix at 345; contents are padded to 512.
  for (let offset = 0; offset < archive.length && archive[offset] !== 0; ) {
    const prefix = text(offset + 345, 155);
    paths.push(`${prefix ? `${prefix}/` : ''}${text(offset, 100)}`.replace(/^package\//, ''));
    offset += 512 + Math.ceil(Number.parseInt(text(offset + 124, 12), 8) / 512) * 512;
  }
  return paths.sort();
};

// One library of moderate size; what exceeds this has swallowed a dependency or data.
const ceilingBytes = 512 * 1024;

/** What is wrong with a tarball: missing or stray files, size, publint, arethetypeswrong. */
export const tarballViolations = async ({ member, file, bytes }: Tarball): Promise<Violation[]> => {
  const name = basename(file);
  const found: string[] = [];
  const paths = pathsIn(file);
  const entry = 'bin' in member.manifest && !('exports' in member.manifest) ? [] : ['dist/index.js', 'dist/index.d.ts'];
  for (const wanted of ['LICENSE', 'README.md', 'package.json', ...entry]) {
    if (!paths.includes(wanted)) found.push(`${wanted} is missing`);
  }
  const stray = paths.filter((path) => !/^(dist\/|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(path));
  if (stray.length > 0) found.push(`holds more than dist: ${stray.join(', ')}`);
  if (bytes > ceilingBytes) found.push(`${bytes} bytes packed, more than ${ceilingBytes}`);

  const content = readFileSync(file);
  const tarball = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  for (const message of messages) found.push(`publint: ${formatMessage(message, pkg, { color: false })}`);
  if (entry.length > 0) {
    try {
      runScript(
        join(resolve('@arethetypeswrong/cli/package.json'), '..', 'dist', 'index.js'),
        [file, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'],
        root,
      );
    } catch (problem) {
      found.push(`arethetypeswrong: ${(problem as Error).message}`);
    }
  }
  return found.map((message) => ({ file: name, message }));
};
