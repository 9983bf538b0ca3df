import { describe, expect, it } from 'vitest';
import { layerViolations } from './check-layers.ts';
import { fixture } from './lib/fixture.ts';

type Files = Record<string, string | object>;

const manifest = (name: string, ...dependencies: string[]) => ({
  name: `@polytask/${name}`,
  dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, 'workspace:^'])),
});

/** A small workspace without violations; `changes` plants them. */
const violationsWith = (changes: Files): string[] => {
  const files: Files = {
    'packages/base/package.json': manifest('base'),
    'packages/base/src/index.ts': "export { key } from './key.ts';\n",
    'packages/base/src/key.ts': "import { createHash } from 'node:crypto';\nexport const key = createHash;\n",
    'packages/core/package.json': manifest('core', '@polytask/base', '@tensorflow/tfjs-core'),
    'packages/core/src/index.ts':
      "import { key } from '@polytask/base';\nimport '@tensorflow/tfjs-core';\nexport { key };\n",
    'packages/balance/package.json': manifest('balance', '@polytask/base'),
    'packages/balance/src/index.ts': "export type { Key } from '@polytask/base';\n",
    'packages/heads/package.json': manifest('heads', '@polytask/base', '@polytask/core'),
    'packages/heads/src/index.ts': "export { key } from '@polytask/core';\n",
    'packages/engine/package.json': manifest('engine', '@polytask/core'),
    'packages/engine/src/index.ts': "export const engine = () => import('#onnxruntime');\n",
    'apps/cli/package.json': { name: 'polytask', dependencies: { '@polytask/heads': 'workspace:^' } },
    'apps/cli/src/main.ts': "import '@polytask/heads';\n",
    ...changes,
  };
  using workspace = fixture(files);
  return layerViolations(workspace.root).map(({ file, message }) => `${file}: ${message}`);
};

describe('layers', () => {
  it('finds nothing in a workspace whose imports go down', () => {
    expect(violationsWith({})).toEqual([]);
  });

  it('reports a dependency on a higher layer', () => {
    expect(
      violationsWith({
        'packages/core/package.json': manifest('core', '@polytask/base', '@polytask/heads', '@tensorflow/tfjs-core'),
      }),
    ).toEqual([
      'packages/core/package.json: @polytask/core (layer 1) must not import @polytask/heads (layer 2, higher)',
    ]);
  });

  it('reports a development dependency on the same layer', () => {
    const heads = { ...manifest('heads', '@polytask/core'), devDependencies: { '@polytask/engine': 'workspace:^' } };
    expect(violationsWith({ 'packages/heads/package.json': heads })).toEqual([
      'packages/heads/package.json: @polytask/heads (layer 2) must not import @polytask/engine (layer 2, on the same layer)',
    ]);
  });

  it.each([
    ['a static import', "import '@polytask/core';"],
    ['a type import', "import type { Layer } from '@polytask/core';"],
    ['a re-export', "export { layer } from '@polytask/core';"],
    ['a dynamic import', "export const late = () => import('@polytask/core');"],
    ['a type in an annotation', "export type Layer = import('@polytask/core').Layer;"],
  ])('reports %s of the same layer', (_, source) => {
    expect(violationsWith({ 'packages/balance/src/weigh.ts': source })).toEqual([
      'packages/balance/src/weigh.ts: @polytask/balance (layer 1) must not import @polytask/core (layer 1, on the same layer)',
    ]);
  });

  it('reports an upward import in a test', () => {
    expect(violationsWith({ 'packages/core/src/core.test.ts': "import '@polytask/engine';" })).toHaveLength(1);
  });

  it('lets tests use what the root offers and reports it elsewhere', () => {
    expect(violationsWith({ 'packages/base/src/key.test.ts': "import 'vitest';" })).toEqual([]);
    expect(violationsWith({ 'packages/base/src/laws.ts': "import 'vitest';" })).toEqual([
      "packages/base/src/laws.ts: 'vitest' is not a dependency in packages/base/package.json",
    ]);
  });

  it('reports a sibling that is imported and not declared', () => {
    expect(violationsWith({ 'packages/engine/src/key.ts': "import '@polytask/base';" })).toEqual([
      "packages/engine/src/key.ts: '@polytask/base' is not a dependency in packages/engine/package.json",
    ]);
  });

  it('reports an import of a part of another package', () => {
    expect(violationsWith({ 'packages/core/src/key.ts': "import '@polytask/base/src/key.ts';" })).toEqual([
      "packages/core/src/key.ts: '@polytask/base/src/key.ts' reaches into another package: import '@polytask/base'",
    ]);
  });

  it('allows a subpath that the other package exports', () => {
    const base = { ...manifest('base'), exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' } };
    const changes = {
      'packages/base/package.json': base,
      'packages/base/src/testing/index.ts': "export { key } from '../key.ts';",
      'packages/core/src/laws.ts': "import '@polytask/base/testing';",
    };
    expect(violationsWith(changes)).toEqual([]);
  });

  it('reports a relative import that leaves its package', () => {
    expect(violationsWith({ 'packages/core/src/key.ts': "import '../../base/src/key.ts';" })).toEqual([
      "packages/core/src/key.ts: '../../base/src/key.ts' leaves the package: import the other package by its name",
    ]);
  });

  it('reports tfjs in a package of plain numbers, declared or imported', () => {
    const found = violationsWith({
      'packages/balance/package.json': manifest('balance', '@polytask/base', '@tensorflow/tfjs-core'),
      'packages/balance/src/gramian.ts': "import * as tf from '@tensorflow/tfjs-core';\nexport { tf };\n",
    });
    expect(found).toEqual([
      'packages/balance/package.json: @polytask/balance must not depend on @tensorflow/tfjs-core',
      'packages/balance/src/gramian.ts: @polytask/balance must not import @tensorflow/tfjs-core',
    ]);
  });

  it('reports a third-party dependency of base', () => {
    expect(violationsWith({ 'packages/base/package.json': manifest('base', 'zod') })).toEqual([
      'packages/base/package.json: @polytask/base has no third-party dependencies. Found zod',
    ]);
  });

  it('reports a package without a layer', () => {
    expect(violationsWith({ 'packages/magic/package.json': manifest('magic') })).toEqual([
      'packages/magic/package.json: @polytask/magic has no layer. Give it one in tools/check-layers.ts',
    ]);
  });

  it('reports a package that imports its own index, by path or by name', () => {
    const found = violationsWith({
      'packages/base/src/fold.ts': "import { key } from './index.ts';\nexport const fold = key;\n",
      'packages/base/src/deep/split.ts': "import { key } from '@polytask/base';\nexport const split = key;\n",
    });
    expect(found).toEqual([
      "packages/base/src/deep/split.ts: a package must not import its own index ('@polytask/base')",
      'packages/base/src/fold.ts: a package must not import its own index',
    ]);
  });

  it('reports each import cycle once', () => {
    const found = violationsWith({
      'packages/base/src/words.ts': "import './uniform.ts';",
      'packages/base/src/uniform.ts': "import './normal.ts';",
      'packages/base/src/normal.ts': "import './words.ts';",
      'packages/base/src/start.ts': "import './words.ts';",
    });
    expect(found).toEqual([
      'packages/base/src/normal.ts: import cycle: src/normal.ts → src/words.ts → src/uniform.ts → src/normal.ts',
    ]);
  });

  it('lets examples use the command line', () => {
    const news = { name: '@polytask/example-news', private: true, dependencies: { polytask: 'workspace:^' } };
    expect(violationsWith({ 'examples/news/package.json': news })).toEqual([]);
  });

  it('keeps apps from importing one another', () => {
    const demo = { name: '@polytask/demo', private: true, dependencies: { polytask: 'workspace:^' } };
    expect(violationsWith({ 'apps/demo/package.json': demo })).toEqual([
      'apps/demo/package.json: @polytask/demo (layer 6) must not import polytask (layer 6, on the same layer)',
    ]);
  });
});
