/** What differs between Node and a browser, without an import statement that a bundle for the browser would need a stand-in for. */

type Builtins = {
  'node:fs': typeof import('node:fs');
  'node:module': typeof import('node:module');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:worker_threads': typeof import('node:worker_threads');
};

/** A module of Node's own; undefined in a browser. */
export const builtin = <Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined =>
  globalThis.process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;

export const isNode = (): boolean => builtin('node:module') !== undefined;

/** How many threads this machine runs at once. */
export const processors = (): number =>
  builtin('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;

/** Imports a package that need not be installed: bundlers do not see which, so they do not ask for it. */
export const importInstalled = (name: string): Promise<unknown> =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);
