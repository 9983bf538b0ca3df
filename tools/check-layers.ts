// Imports go to a lower layer only: never to the same one, never up. `pnpm layers` runs this.
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclesAmong, isRelative, packageOf, resolveRelative, specifiersOf } from './lib/imports.ts';
import {
  conclude,
  filesBelow,
  isMain,
  isTest,
  type Manifest,
  repository,
  slashes,
  type Violation,
  type WorkspacePackage,
  workspacePackages,
} from './lib/workspace.ts';

/** The layers from the bottom up. A new package is written here first. */
const layers: readonly (readonly string[])[] = [
  ['base'],
  ['core', 'balance', 'metrics', 'data'],
  ['engine', 'encoders', 'sharing', 'heads'],
  ['train'],
  ['tasks', 'transfer', 'distillation', 'compression', 'ensemble', 'explain', 'distributed', 'report'],
  ['run'],
];

/** Apps stand on the packages, examples on both: they use what a user installs, the command line included. */
const [apps, examples] = [layers.length, layers.length + 1];

/** Packages that work on plain numbers and rows: tfjs is not for them, not even in tests. */
const withoutTfjs = new Set(['base', 'balance', 'metrics', 'data'].map((name) => `@polytask/${name}`));

/** Packages that come with nothing but other packages of ours. */
const withoutThirdParties = new Set(['@polytask/base', '@polytask/metrics']);

const isTfjs = (name: string): boolean => name.startsWith('@tensorflow/');

const installedFields = ['dependencies', 'peerDependencies', 'optionalDependencies'];
const dependencyFields = [...installedFields, 'devDependencies'];

const dependenciesIn = ({ manifest }: WorkspacePackage, fields: readonly string[]): string[] =>
  fields.flatMap((field) => Object.keys((manifest[field] as Record<string, string> | undefined) ?? {}));

/** What may be imported of a package: its name and the subpaths it exports. */
const entriesOf = ({ name, exports = { '.': null } }: Manifest): string[] =>
  Object.keys(exports as object).map((subpath) => subpath.replace('.', name));

const layerOf = ({ path, manifest }: WorkspacePackage): number => {
  if (path.startsWith('apps/')) return apps;
  if (path.startsWith('examples/')) return examples;
  return layers.findIndex((names) => names.some((name) => manifest.name === `@polytask/${name}`));
};

/** All violations of the layering below a root, in the order of the files. */
export const layerViolations = (root: string): Violation[] => {
  const members = workspacePackages(root);
  const entries = new Map(members.map(({ manifest }) => [manifest.name, entriesOf(manifest)]));
  const layerByName = new Map(members.map((member) => [member.manifest.name, layerOf(member)]));

  const upward = (from: WorkspacePackage, to: string): string | undefined => {
    const [own, other] = [layerOf(from), layerByName.get(to)];
    if (other === undefined || own < 0 || other < 0 || other < own) return undefined;
    const place = other === own ? 'on the same layer' : 'higher';
    return `${from.manifest.name} (layer ${own}) must not import ${to} (layer ${other}, ${place})`;
  };

  const ofManifest = (member: WorkspacePackage): Violation[] => {
    const { name } = member.manifest;
    const report = (message: string): Violation => ({ file: `${member.path}/package.json`, message });
    if (layerOf(member) < 0) return [report(`${name} has no layer. Give it one in tools/check-layers.ts`)];
    const found = dependenciesIn(member, dependencyFields).flatMap((dependency) => {
      const forbidden = upward(member, dependency);
      if (forbidden) return [report(forbidden)];
      return withoutTfjs.has(name) && isTfjs(dependency) ? [report(`${name} must not depend on ${dependency}`)] : [];
    });
    // An optional peer is the user's own: the test runner that a `./testing` entry speaks to.
    const optional = (member.manifest.peerDependenciesMeta ?? {}) as Record<string, { optional?: boolean }>;
    const foreign = dependenciesIn(member, installedFields).filter(
      (one) => !layerByName.has(one) && !optional[one]?.optional,
    );
    if (withoutThirdParties.has(name) && foreign.length > 0) {
      found.push(report(`${name} has no third-party dependencies. Found ${foreign.join(', ')}`));
    }
    return found;
  };

  const ofFile = (member: WorkspacePackage, file: string): Violation[] => {
    const { name } = member.manifest;
    const source = join(member.folder, 'src');
    const usable = new Set(dependenciesIn(member, isTest(file) ? dependencyFields : installedFields));
    const problem = (specifier: string): string | undefined => {
      if (specifier.startsWith('#') || isBuiltin(specifier)) return undefined;
      if (isRelative(specifier)) {
        const target = resolveRelative(file, specifier);
        if (target === join(source, 'index.ts')) return 'a package must not import its own index';
        const outside = relative(member.folder, join(file, '..', specifier)).startsWith('..');
        return outside ? `'${specifier}' leaves the package: import the other package by its name` : undefined;
      }
      const imported = packageOf(specifier);
      if (imported === name) return `a package must not import its own index ('${specifier}')`;
      if (layerByName.has(imported)) {
        if (!entries.get(imported)?.includes(specifier)) {
          return `'${specifier}' reaches into another package: import '${imported}'`;
        }
        const forbidden = upward(member, imported);
        if (forbidden) return forbidden;
      }
      if (withoutTfjs.has(name) && isTfjs(imported)) return `${name} must not import ${imported}`;
      // Tests may also use what the root offers to all: vitest, fast-check.
      if (!usable.has(imported) && !isTest(file))
        return `'${imported}' is not a dependency in ${member.path}/package.json`;
      return undefined;
    };
    const messages = specifiersOf(file).map(problem);
    return messages.flatMap((message) => (message ? [{ file: slashes(relative(root, file)), message }] : []));
  };

  return members.flatMap((member) => {
    const inside = member.path.startsWith('examples/') ? member.folder : join(member.folder, 'src');
    const files = filesBelow(inside, /\.tsx?$/).filter((file) => !/\.config\.ts$/.test(file));
    const cycles = cyclesAmong(files, member.folder).map((cycle) => ({
      file: `${member.path}/${cycle[0]}`,
      message: `import cycle: ${[...cycle, cycle[0]].join(' → ')}`,
    }));
    return [...ofManifest(member), ...files.flatMap((file) => ofFile(member, file)), ...cycles];
  });
};

if (isMain(import.meta.url)) {
  const root = fileURLToPath(repository);
  conclude('layers', layerViolations(root), `${workspacePackages(root).length} packages`);
}
