import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * glibc gives large blocks back to the system as soon as they are free, and PyTorch takes them again at every step: where it keeps them, its
 * convolutional steps are a fifth to nearly a half shorter. Peers are to be measured at their best.
 */
const keptMemory = { MALLOC_TRIM_THRESHOLD_: '1000000000', MALLOC_MMAP_THRESHOLD_: '1000000000' };

/** What a Python script prints last, as JSON, or in words why there is nothing. */
export function fromPython<Result>(python: string | undefined, script: URL, settings: object): Result | string {
  const failures: string[] = [];
  for (const command of python ? [python] : ['python3', 'python']) {
    try {
      const words = [fileURLToPath(script), JSON.stringify(settings)];
      const env = { ...process.env, ...keptMemory };
      const output = execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env });
      return JSON.parse(output.trim().split('\n').at(-1)!) as Result;
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      failures.push(
        `${command}: ${String(stderr || error)
          .trim()
          .split('\n')
          .at(-1)}`,
      );
    }
  }
  return failures.join('; ');
}
