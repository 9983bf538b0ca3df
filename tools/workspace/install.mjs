import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, pnpm, root, run } from './environment.mjs';

const changed = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Every folder of the workspace that has a package.json; the globs of pnpm-workspace.yaml, by hand. */
export const folders = () =>
  [
    ...['packages', 'apps', 'examples'].flatMap((parent) =>
      existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(root, parent, name)) : [],
    ),
    join(root, 'tools'),
  ].filter((folder) => existsSync(join(folder, 'package.json')));

export const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const stamp = join(cache, 'installed');

const touch = () => {
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, '');
};

const install = async () => {
  const state = join(root, 'node_modules', '.pnpm-workspace-state-v1.json');
  const sources = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(root, name));
  const newest = Math.max(...[...sources, ...folders().map((folder) => join(folder, 'package.json'))].map(changed));
  if (existsSync(state) && Math.max(changed(state), changed(stamp)) >= newest) return true;
  const version = manifest(root).packageManager;
  process.stderr.write('Installing dependencies …\n');
  const words = ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'];
  if ((await run('npx', ['--yes', version, ...words], { quiet: true })) === 0) return true;
  process.stderr.write(`The installation failed. After a change of dependencies run: npx ${version} install\n`);
  return false;
};

/** Generated modules (a package's `prepare` script) whose generator is newer than the last installation. */
const regenerate = async () => {
  for (const folder of folders()) {
    if (!manifest(folder).scripts?.prepare) continue;
    const generators = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
    const generated =
      existsSync(join(folder, 'src')) && readdirSync(join(folder, 'src')).some((name) => name.includes('.generated.'));
    if (generated && generators.every((name) => changed(join(folder, name)) <= changed(stamp))) continue;
    if ((await pnpm(['run', 'prepare'], { cwd: folder, quiet: true })) !== 0) return false;
  }
  return true;
};

/** Makes node_modules and generated sources current; silent when there is nothing to do. */
export const ensureInstalled = async () => {
  const started = Date.now();
  if (!(await install()) || !(await regenerate())) return false;
  if (changed(stamp) < started) touch();
  return true;
};
