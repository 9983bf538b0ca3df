// Every package has the same files and the same manifest around what it holds. `pnpm packages` runs this;
// with `--packed` it also builds, packs and inspects the tarballs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  conclude,
  filesBelow,
  isMain,
  isTest,
  repository,
  slashes,
  type Violation,
  type WorkspacePackage,
  workspacePackages,
} from './lib/workspace.ts';

const lineBudget = 400;

const requiredFiles = ['README.md', 'package.json', 'src', 'tsconfig.json', 'tsup.config.ts', 'vitest.config.ts'];
const allowedFiles = new Set([...requiredFiles, 'CHANGELOG.md', 'turbo.json']);
// Made by tools, ignored by git.
const madeFiles = new Set(['node_modules', 'dist', '.cache', '.turbo', 'LICENSE']);

/**
 * The exports of a library: source first for our own tools, types first of what is published. Entries besides the
 * index are folders with an index of their own: `./testing` is `src/testing/index.ts`.
 */
const exportsFor = (subpaths: readonly string[], published: boolean): object => ({
  ...Object.fromEntries(
    subpaths.map((subpath) => {
      const path = `${subpath}/index`;
      const built = { types: `${path.replace('.', './dist')}.d.ts`, default: `${path.replace('.', './dist')}.js` };
      return [subpath, published ? built : { '@polytask/source': `${path.replace('.', './src')}.ts`, ...built }];
    }),
  ),
  './package.json': './package.json',
});

/** Compares as JSON, so the order of keys counts: conditions are tried in that order. */
const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

const isLibrary = ({ path }: WorkspacePackage): boolean => path.startsWith('packages/');

const folderProblems = (member: WorkspacePackage): string[] => {
  const present = readdirSync(member.folder);
  const missing = requiredFiles.filter((name) => !present.includes(name));
  const stray = present.filter(
    (name) => !allowedFiles.has(name) && !madeFiles.has(name) && !/^generate-.*\.mjs$/.test(name),
  );
  return [
    ...missing.map((name) => `${name} is missing`),
    ...(isLibrary(member) ? stray.map((name) => `${name} does not belong in the folder of a package`) : []),
  ];
};

const manifestProblems = (member: WorkspacePackage): string[] => {
  const { manifest } = member;
  const declared = Object.keys((manifest.exports ?? {}) as object).filter((subpath) => /^\.(\/\w+)?$/.test(subpath));
  const subpaths = declared.includes('.') ? declared : ['.', ...declared];
  const fixed: Record<string, unknown> = {
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=20.19' },
    files: ['dist'],
    ...(isLibrary(member) && {
      exports: exportsFor(subpaths, false),
      publishConfig: { access: 'public', exports: exportsFor(subpaths, true) },
    }),
  };
  const problems = Object.entries(fixed)
    .filter(([field, value]) => !same(manifest[field], value))
    .map(([field, value]) => `"${field}" must be ${JSON.stringify(value)}. Found ${JSON.stringify(manifest[field])}`);
  if (isLibrary(member) && manifest.name !== `@polytask/${member.path.replace('packages/', '')}`) {
    problems.push(`"name" must be @polytask/ and the folder's name. Found ${manifest.name}`);
  }
  if (!manifest.description) problems.push('"description" is missing: one sentence for the registry');
  if (isLibrary(member) && manifest.sideEffects === undefined) problems.push('"sideEffects" is missing');
  if ((manifest.publishConfig as { access?: string } | undefined)?.access !== 'public') {
    problems.push('"publishConfig.access" must be "public"');
  }
  const scripts = (manifest.scripts ?? {}) as Record<string, string>;
  for (const name of ['build', 'test', 'typecheck'])
    if (!scripts[name]) problems.push(`the script "${name}" is missing`);
  for (const field of ['dependencies', 'optionalDependencies', 'devDependencies']) {
    for (const [name, range] of Object.entries((manifest[field] ?? {}) as Record<string, string>)) {
      const wanted = name === 'polytask' || name.startsWith('@polytask/') ? 'workspace:^' : 'catalog:';
      if (range !== wanted) problems.push(`${field}.${name} must be "${wanted}". Found "${range}"`);
    }
  }
  return problems;
};

const sourceViolations = (root: string, member: WorkspacePackage): Violation[] => {
  const files = filesBelow(join(member.folder, 'src'), /\.tsx?$/);
  const found = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const report = (message: string): Violation => ({ file: slashes(relative(root, file)), message });
    return [
      ...(!isTest(file) && lines > lineBudget
        ? [report(`${lines} lines. The budget is ${lineBudget}: one concept, one file`)]
        : []),
      ...(/\/index\.ts$/.test(slashes(file)) && /^export \*/m.test(text)
        ? [report('names every export: no `export *`')]
        : []),
    ];
  });
  const entry = join(member.folder, 'src', 'index.ts');
  if (isLibrary(member) && !existsSync(entry))
    found.push({ file: `${member.path}/src/index.ts`, message: 'is missing' });
  if (!files.some(isTest)) found.push({ file: `${member.path}/src`, message: 'has no test' });
  return found;
};

/** All violations of the shape of packages below a root. Private packages may look as they need. */
export const packageViolations = (root: string): Violation[] => {
  const members = workspacePackages(root);
  const found = members.flatMap((member) => {
    if (member.manifest.private === true) {
      return sourceViolations(root, member).filter(({ message }) => message !== 'has no test');
    }
    return [
      ...folderProblems(member).map((message) => ({ file: member.path, message })),
      ...manifestProblems(member).map((message) => ({ file: `${member.path}/package.json`, message })),
      ...sourceViolations(root, member),
    ];
  });
  // The code in READMEs runs in tools and may import any package.
  const tools = JSON.parse(readFileSync(join(root, 'tools', 'package.json'), 'utf8')) as {
    devDependencies?: Record<string, string>;
  };
  const absent = members.filter((member) => isLibrary(member) && !tools.devDependencies?.[member.manifest.name]);
  return [
    ...found,
    ...absent.map(({ manifest }) => ({ file: 'tools/package.json', message: `devDependencies lack ${manifest.name}` })),
  ];
};

if (isMain(import.meta.url)) {
  const root = fileURLToPath(repository);
  const found = packageViolations(root);
  const packed = process.argv.includes('--packed');
  if (packed) {
    const { build, pack, publicPackages, tarballViolations } = await import('./lib/packing.ts');
    build();
    for (const tarball of pack(publicPackages())) found.push(...(await tarballViolations(tarball)));
  }
  conclude('packages', found, `${workspacePackages(root).length} packages${packed ? ', packed' : ''}`);
}
