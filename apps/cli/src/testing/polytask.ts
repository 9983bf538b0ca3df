import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

export type StartOptions = {
  readonly cwd: string;
  readonly input?: string;
  /** Sends SIGINT as soon as stderr holds this. */
  readonly interruptAt?: string;
};

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs the command line from its sources, as a process of its own. */
export function polytask(words: readonly string[], { cwd, input, interruptAt }: StartOptions): Promise<Ended> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=@polytask/source', '--import', loader, main, ...words], {
    cwd,
    env: { ...env, NO_COLOR: '1' },
  });
  let [out, err, isInterrupted] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (interruptAt !== undefined && !isInterrupted && err.includes(interruptAt)) isInterrupted = child.kill('SIGINT');
  });
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The object on the last line of stdout. */
export const lastLine = <T>({ out }: Ended): T => JSON.parse(out.trim().split('\n').at(-1)!) as T;
