import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cache = join(root, 'node_modules', '.cache', 'polytask');

// npm and pnpm hand their whole configuration to scripts, and warn about each other's keys when they find them:
// only what is needed to reach a registry stays.
const network =
  /^npm_config_(registry|cache|userconfig|https?[-_]proxy|proxy|noproxy|ca|cafile|strict[-_]ssl|@.*|\/\/.*)$/i;

/** The environment of every child process: our tools first on the PATH, no telemetry, no notices. */
export const environment = () => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name) || network.test(name));
  const kept = Object.fromEntries(inherited.filter(([name]) => name.toUpperCase() !== 'PATH'));
  return {
    ...kept,
    PATH: [
      join(root, 'node_modules', '.bin'),
      dirname(process.execPath),
      process.env.PATH ?? process.env.Path ?? '',
    ].join(delimiter),
    npm_config_loglevel: 'error',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
    // Part of turbo's hash: a result of one Node line says nothing about another.
    POLYTASK_NODE: process.versions.node.split('.').slice(0, 2).join('.'),
  };
};

/** Copies the lines of a stream that `keep` wants. */
const copyLines = (from, to, keep) => {
  if (from) createInterface({ input: from }).on('line', (line) => keep(line) && to.write(`${line}\n`));
};

/**
 * Runs a program and resolves to its exit code, 128 + n when signal n ended it.
 * `quiet` holds its output back and shows it on stderr only when it fails; `keep` shows the lines it says yes to.
 */
export const run = (command, words, { cwd = root, quiet = false, keep, env = {} } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      cwd,
      env: { ...environment(), ...env },
      stdio: quiet || keep ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32' && command !== process.execPath,
    });
    const output = [];
    if (keep) {
      copyLines(child.stdout, process.stdout, keep);
      copyLines(child.stderr, process.stderr, keep);
    }
    if (quiet) for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    // A terminal sends Ctrl-C to the child as well: wait for what it says. Others signal only this process.
    const forwarded = { SIGINT: () => {}, SIGTERM: () => child.kill('SIGTERM') };
    for (const [signal, forward] of Object.entries(forwarded)) process.on(signal, forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const [name, forward] of Object.entries(forwarded)) process.off(name, forward);
      const status = code ?? 128 + constants.signals[signal];
      if (quiet && status !== 0) process.stderr.write(Buffer.concat(output));
      resolve(status);
    });
  });

/** The path of a tool's script inside the root's node_modules: shims are not portable. */
export const tool = (...parts) => join(root, 'node_modules', ...parts);

export const node = (script, words, options) => run(process.execPath, [script, ...words], options);

/** Runs a TypeScript file against the sources of all packages. */
export const typescript = (file, words, options) =>
  run(
    process.execPath,
    [
      '--conditions=@polytask/source',
      '--import',
      new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href,
      file,
      ...words,
    ],
    options,
  );

export const pnpm = (words, options) => node(tool('pnpm', 'bin', 'pnpm.cjs'), words, options);

// turbo frames what a failed task printed with lines about itself; only the tasks have something to say.
const frame = [
  /^\s*$/,
  /^\s+• /,
  /^\s*(Tasks|Cached|Time|Summary|Failed):/,
  /cache (hit|miss|bypass)/,
  /node_modules missing, did you mean/,
  /finished with error, but continuing/,
  /ERROR.* (run failed: command|command .* exited \(\d+\))/,
];
const unframed = (line) => !frame.some((pattern) => pattern.test(line));

export const turbo = (words, options) => node(tool('turbo', 'bin', 'turbo'), words, { keep: unframed, ...options });
