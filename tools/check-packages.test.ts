import { describe, expect, it } from 'vitest';
import { packageViolations } from './check-packages.ts';
import { fixture } from './lib/fixture.ts';

type Files = Record<string, string | object>;

const manifest = {
  name: '@polytask/base',
  version: '0.0.0',
  description: 'Keys and tensors.',
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20.19' },
  exports: {
    '.': { '@polytask/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  publishConfig: {
    access: 'public',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  },
  files: ['dist'],
  scripts: { build: 'tsup', test: 'vitest run', typecheck: 'tsc --noEmit' },
  dependencies: { zod: 'catalog:' },
};

/** A workspace of one right package; `changes` replaces, adds or (with undefined) takes away. */
const violationsWith = (changes: Record<string, string | object | undefined>): string[] => {
  const files = {
    'tools/package.json': { devDependencies: { '@polytask/base': 'workspace:^' } },
    'packages/base/package.json': manifest,
    'packages/base/README.md': '# base',
    'packages/base/tsconfig.json': '{}',
    'packages/base/tsup.config.ts': '',
    'packages/base/vitest.config.ts': '',
    'packages/base/src/index.ts': "export { key } from './key.ts';\n",
    'packages/base/src/key.ts': 'export const key = 1;\n',
    'packages/base/src/key.test.ts': '',
    ...changes,
  };
  const present = Object.entries(files).filter(([, content]) => content !== undefined);
  using workspace = fixture(Object.fromEntries(present) as Files);
  return packageViolations(workspace.root).map(({ file, message }) => `${file}: ${message}`);
};

describe('packages', () => {
  it('finds nothing wrong with a package of the right shape', () => {
    expect(violationsWith({})).toEqual([]);
  });

  it.each(['README.md', 'tsconfig.json', 'tsup.config.ts', 'vitest.config.ts'])('misses %s', (name) => {
    expect(violationsWith({ [`packages/base/${name}`]: undefined })).toEqual([`packages/base: ${name} is missing`]);
  });

  it('misses the index', () => {
    expect(violationsWith({ 'packages/base/src/index.ts': undefined })).toEqual([
      'packages/base/src/index.ts: is missing',
    ]);
  });

  it('misses tests', () => {
    expect(violationsWith({ 'packages/base/src/key.test.ts': undefined })).toEqual(['packages/base/src: has no test']);
  });

  it('reports files that do not belong to a package and accepts generators', () => {
    const found = violationsWith({ 'packages/base/notes.txt': '', 'packages/base/generate-tables.mjs': '' });
    expect(found).toEqual(['packages/base: notes.txt does not belong in the folder of a package']);
  });

  it('reports a source over the budget of lines, not a test', () => {
    const long = '// line\n'.repeat(401);
    expect(violationsWith({ 'packages/base/src/key.test.ts': long })).toEqual([]);
    expect(violationsWith({ 'packages/base/src/key.ts': long })).toEqual([
      'packages/base/src/key.ts: 401 lines. The budget is 400: one concept, one file',
    ]);
    expect(violationsWith({ 'packages/base/src/key.ts': '// line\n'.repeat(400) })).toEqual([]);
  });

  it('reports an index that does not name its exports', () => {
    expect(violationsWith({ 'packages/base/src/index.ts': "export * from './key.ts';\n" })).toEqual([
      'packages/base/src/index.ts: names every export: no `export *`',
    ]);
  });

  it.each([
    ['license', 'MIT'],
    ['type', 'commonjs'],
    ['engines', { node: '>=18' }],
    ['files', ['dist', 'src']],
    ['exports', { '.': './dist/index.js' }],
    [
      'exports',
      { '.': { default: './dist/index.js', types: './dist/index.d.ts', '@polytask/source': './src/index.ts' } },
    ],
  ])('reports an unexpected %s', (field, value) => {
    const found = violationsWith({ 'packages/base/package.json': { ...manifest, [field]: value } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(`packages/base/package.json: "${field}" must be`);
  });

  it('accepts further entries that are folders with an index', () => {
    const built = { types: './dist/testing/index.d.ts', default: './dist/testing/index.js' };
    const entry = { '@polytask/source': './src/testing/index.ts', ...built };
    const { './package.json': own, ...exports } = manifest.exports;
    const published = manifest.publishConfig.exports['.'];
    const changed = {
      ...manifest,
      exports: { ...exports, './testing': entry, './package.json': own },
      publishConfig: { access: 'public', exports: { '.': published, './testing': built, './package.json': own } },
    };
    expect(violationsWith({ 'packages/base/package.json': changed })).toEqual([]);
  });

  it('reports a name that is not the name of the folder', () => {
    const found = violationsWith({
      'packages/base/package.json': { ...manifest, name: '@polytask/basis' },
      'tools/package.json': { devDependencies: { '@polytask/basis': 'workspace:^' } },
    });
    expect(found).toEqual([
      'packages/base/package.json: "name" must be @polytask/ and the folder\'s name. Found @polytask/basis',
    ]);
  });

  it('reports versions that are not written in the catalog', () => {
    const dependencies = { zod: '^4.0.0', '@polytask/core': '0.0.0' };
    expect(violationsWith({ 'packages/base/package.json': { ...manifest, dependencies } })).toEqual([
      'packages/base/package.json: dependencies.zod must be "catalog:". Found "^4.0.0"',
      'packages/base/package.json: dependencies.@polytask/core must be "workspace:^". Found "0.0.0"',
    ]);
  });

  it('reports a package that READMEs could not import', () => {
    expect(violationsWith({ 'tools/package.json': {} })).toEqual([
      'tools/package.json: devDependencies lack @polytask/base',
    ]);
  });

  it('asks little of private packages', () => {
    expect(violationsWith({ 'examples/news/package.json': { name: '@polytask/example-news', private: true } })).toEqual(
      [],
    );
  });
});
