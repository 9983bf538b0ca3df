// Every root script comes through here: `node tools/workspace.mjs <verb> [words]`. Nothing but Node and npm is
// needed: a verb first makes the dependencies current, then runs its tool.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { node, pnpm, root, run, tool, turbo, typescript } from './workspace/environment.mjs';
import { ensureInstalled, folders } from './workspace/install.mjs';
import { test } from './workspace/tests.mjs';

const script = (name) => join(root, 'tools', name);

// Every task uses several threads itself.
const concurrency = `--concurrency=${Math.max(2, Math.floor(availableParallelism() / 4))}`;

/** Runs all steps, whatever fails on the way, and resolves to the first failure. */
const all = async (...steps) => {
  let status = 0;
  for (const step of steps) status = (await step()) || status;
  return status;
};

/** As `all`; and tells which of the steps failed, by their names. */
const named = async (steps) => {
  const failed = [];
  for (const [name, step] of Object.entries(steps)) if ((await step()) !== 0) failed.push(name);
  process.stdout.write(failed.length === 0 ? '✓ all of check:full\n' : `✗ failed: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
};

const verbs = {
  test: (words) => test([concurrency, ...words]),
  'test:browser': (words) => typescript(script(join('browser', 'suite.ts')), words),
  build: (words) => turbo(['run', 'build', concurrency, ...words]),
  typecheck: async (words) => {
    const status = await turbo(['run', 'typecheck', '--continue', concurrency, ...words]);
    process.stdout.write(status === 0 ? '✓ types\n' : '✗ types\n');
    return status;
  },
  lint: (words) =>
    node(tool('@biomejs', 'biome', 'bin', 'biome'), [
      'check',
      '--error-on-warnings',
      '--diagnostic-level=warn',
      ...words,
    ]),
  layers: (words) => typescript(script('check-layers.ts'), words),
  packages: (words) => typescript(script('check-packages.ts'), words),
  check: () =>
    all(
      () => verbs.layers([]),
      () => verbs.packages([]),
      () => verbs.lint([]),
      () => verbs.typecheck([]),
    ),
  // a target that is missed says nothing about the others
  'check:full': () =>
    named({
      check: () => verbs.check(),
      test: () => verbs.test([]),
      'test:browser': () => verbs['test:browser']([]),
      release: () => verbs.release(['--dry-run']),
      'kill-resume': () => typescript(script('kill-resume.ts'), []),
      news: () => typescript(script('news-target.ts'), []),
      ...Object.fromEntries(
        ['pets-style', 'speech', 'two-digits', 'digits-speech'].map((name) => [
          name,
          () => typescript(script(join('targets', `${name}.ts`)), []),
        ]),
      ),
      'node-matrix': () => run('bash', [script('node-matrix.sh')]),
    }),
  // Examples run the packages' sources: there is nothing to build.
  demo: (words) => {
    const folder = join(root, 'examples', 'news');
    if (folders().includes(folder)) return pnpm(['--silent', 'run', 'start', ...words], { cwd: folder });
    process.stderr.write('There is no examples/news/package.json.\n');
    return 2;
  },
  bench: ([name = 'step', ...words]) => {
    const file = script(join('bench', `${name}.ts`));
    if (existsSync(file)) return typescript(file, words[0] === '--' ? words.slice(1) : words);
    process.stderr.write(`There is no benchmark ${JSON.stringify(name)} in tools/bench.\n`);
    return 2;
  },
  release: (words) => typescript(script('release.ts'), words),
  // Of the examples: a file of theirs, on the packages' sources.
  script: ([file, ...words]) => typescript(resolve(file), words, { cwd: process.cwd() }),
  polytask: (words) => {
    // npm changes into the root; file names on the command line are meant from where it was typed.
    const typed = process.env.npm_lifecycle_event === 'polytask' ? process.env.INIT_CWD : undefined;
    return typescript(join(root, 'apps', 'cli', 'src', 'main.ts'), words, { cwd: typed ?? process.cwd() });
  },
};

const [verb = '', ...words] = process.argv.slice(2);
if (!Object.hasOwn(verbs, verb)) {
  process.stderr.write(`Expected one of ${Object.keys(verbs).join(', ')}. Found ${JSON.stringify(verb)}.\n`);
  process.exitCode = 2;
} else {
  // pnpm hands on the dashes that npm swallows.
  const meant = words[0] === '--' ? words.slice(1) : words;
  process.exitCode = (await ensureInstalled()) ? await verbs[verb](meant) : 1;
}
