import { readFile } from 'node:fs/promises';
import { formatWithOptions } from 'node:util';
import { transpile } from 'typescript';

/** What a README's example prints, and what it says that it prints. */
export type ReadmeRun = { readonly printed: string[]; readonly promised: string[] };

/**
 * Runs the `ts` blocks of a README one after the other, with `modules` standing for what they import.
 *
 * Every `console.log(…);` promises its output in a comment: on the same line, or on the lines that follow.
 */
export async function runReadme(readme: URL, modules: Readonly<Record<string, object>>): Promise<ReadmeRun> {
  const blocks = [...(await readFile(readme, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);
  const printed: string[] = [];
  const promised: string[] = [];
  for (const block of blocks) {
    for (const match of block.matchAll(/^ *console\.log\(.*\);(?: *\/\/ (.*))?((?:\n *\/\/ .*)*)/gm)) {
      const following = match[2]!.split('\n').map((line) => line.replace(/^ *\/\/ /, ''));
      promised.push([match[1], ...following].filter(Boolean).join('\n'));
    }
    const script = transpile(block, { target: 99, module: 99, verbatimModuleSyntax: false }).replace(
      /^import \{(.*?)\} from '(.*?)';$/gm,
      (_, names: string, module: string) => `const {${names.replaceAll(' as ', ': ')}} = modules['${module}'];`,
    );
    const log = (...values: unknown[]) => printed.push(formatWithOptions({ breakLength: 120 }, ...values));
    const run = new Function(
      'modules',
      'console',
      `return (async () => {${script.replace(/^export \{\};$/m, '')}})();`,
    );
    await run(modules, { log });
  }
  return { printed, promised };
}
