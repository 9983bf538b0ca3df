import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a Python script prints last, as JSON, or in words why there is nothing. */
export function fromPython<Result>(python: string | undefined, script: URL, settings: object): Result | string {
  const failures: string[] = [];
  for (const command of python ? [python] : ['python3', 'python']) {
    try {
      const words = [fileURLToPath(script), JSON.stringify(settings)];
      const output = execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
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
