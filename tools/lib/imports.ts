import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { slashes } from './workspace.ts';

/** The specifiers of all imports of a file: static, dynamic, type-only and re-exports. */
export const specifiersOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);

export const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** `@scope/name/deep` → `@scope/name`, `name/deep` → `name`. */
export const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The file that a relative import means, absolute; undefined where there is none. */
export const resolveRelative = (from: string, specifier: string): string | undefined => {
  const target = resolve(dirname(from), specifier);
  return [target, `${target}.ts`, join(target, 'index.ts')].find((path) => existsSync(path) && /\.\w+$/.test(path));
};

/** Import cycles among files, each once, as paths from `folder`, starting at the alphabetically first file. */
export const cyclesAmong = (files: readonly string[], folder: string): string[][] => {
  const cycles = new Map<string, string[]>();
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const names = path.slice(start).map((member) => slashes(relative(folder, member)));
      const first = names.indexOf([...names].sort()[0] ?? '');
      const rotated = [...names.slice(first), ...names.slice(0, first)];
      cycles.set(rotated.join(' → '), rotated);
      return;
    }
    if (finished.has(file)) return;
    for (const specifier of specifiersOf(file).filter(isRelative)) {
      const target = resolveRelative(file, specifier);
      if (target && /\.tsx?$/.test(target)) visit(target, [...path, file]);
    }
    finished.add(file);
  };
  for (const file of files) visit(file, []);
  return [...cycles.values()];
};
