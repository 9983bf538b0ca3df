import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agrees, type Block, blocksOf, expectedOf } from './lib/readme.ts';
import type { Outcome } from './lib/readme-runner.ts';
import { repository, slashes, workspacePackages } from './lib/workspace.ts';

const root = fileURLToPath(repository);
const cache = join(root, 'tools', '.cache', 'readme');
const { resolve } = createRequire(import.meta.url);
const limitMs = 120_000;

type Readme = { readonly title: string; readonly blocks: readonly Block[]; readonly folder: string };

const readmeOf = (file: string): Readme => {
  const title = slashes(relative(root, file));
  return { title, blocks: blocksOf(readFileSync(file, 'utf8')), folder: join(cache, title.replace(/\W+/g, '-')) };
};
const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const readmes = [root, ...workspacePackages(root).map(({ folder }) => folder)]
  .flatMap(markdownIn)
  .filter((file) => /\bREADME[^/\\]*\.md$/.test(file))
  .map(readmeOf);

const questionsFolder = join(root, 'docs', 'questions');
const questions = markdownIn(questionsFolder).map(readmeOf);
const chineseQuestions = markdownIn(join(questionsFolder, 'zh')).map(readmeOf);

// Written inside tools/, which depends on every package: the blocks import what a user would have installed.
const fileOf = ({ folder }: Readme, { line }: Block): string => join(folder, `line-${line}.ts`);
const running = ({ blocks }: Readme): Block[] => blocks.filter(({ runs }) => runs);

const run = async (words: readonly string[], cwd: string): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd, timeout: limitMs });
    return stdout;
  } catch (problem) {
    return `${(problem as Error).message}\n${(problem as { stdout?: string }).stdout ?? ''}`;
  }
};

beforeAll(() => {
  rmSync(cache, { recursive: true, force: true });
  for (const readme of [...readmes, ...questions]) {
    mkdirSync(readme.folder, { recursive: true });
    // `export {}` makes every block a module with names of its own.
    for (const block of running(readme)) writeFileSync(fileOf(readme, block), `${block.code}\nexport {};\n`);
  }
});

const isOfPackage = ({ title }: Readme): boolean => title.startsWith('packages/');

/** Runs the blocks of these pages in one process, one after another. */
function testBlocks(pages: readonly Readme[]): void {
  let folder = '';
  let ended = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polytask-readme-'));
    const files = pages.flatMap((page) => running(page).map((block) => fileOf(page, block)));
    const words = ['--conditions=@polytask/source', '--import', pathToFileURL(resolve('tsx')).href];
    if (files.length > 0)
      ended = await run([...words, join(root, 'tools', 'lib', 'readme-runner.ts'), ...files], folder);
  }, limitMs);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const [page, block] of pages.flatMap((page) => page.blocks.map((block) => [page, block] as const))) {
    const name = pages.length > 1 ? `${page.title.split('/').at(-1)} ` : '';
    if (!block.runs) it.skip(`${name}has code at line ${block.line} that is marked no-run`);
    else {
      it(`${name}prints at line ${block.line} what its comments say`, () => {
        const result = `${fileOf(page, block)}.json`;
        if (!existsSync(result)) throw new Error(`The code ended the process. ${ended}`);
        const { printed, complaints, problem } = JSON.parse(readFileSync(result, 'utf8')) as Outcome;
        if (problem) throw new Error(problem);
        expect(complaints).toBe('');
        const expected = expectedOf(block.code);
        if (!agrees(printed, expected)) expect(printed).toBe(expected.join('\n'));
      });
    }
  }
}

const showsResult = (page: Readme): boolean => running(page).some(({ code }) => expectedOf(code).length > 0);

// Only packages owe an example; elsewhere the blocks that are there have to run.
describe.each(readmes.filter((readme) => isOfPackage(readme) || readme.blocks.length > 0))('$title', (readme) => {
  testBlocks([readme]);

  if (isOfPackage(readme)) {
    it('shows an example with its result', () => {
      expect(showsResult(readme)).toBe(true);
    });
  }
});

describe.each(workspacePackages(root).filter(({ path }) => path.startsWith('examples/')))(
  'the commands in $path/README.md',
  ({ folder, manifest }) => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    const { scripts = {} } = manifest as { readonly scripts?: Readonly<Record<string, string>> };

    it('are scripts that the folder has, of files that are there', () => {
      const asked = [...page.matchAll(/npm (?:run (?:-s |--silent )?([\w:-]+)|(start))/g)].map(
        ([, script, start]) => script ?? start!,
      );
      expect(asked).toEqual(expect.arrayContaining(['start', 'polytask']));
      // what is run in the root is a script of the root
      const { scripts: ofRoot } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      expect(asked.filter((name) => !(name in scripts) && !(name in ofRoot))).toEqual([]);
      for (const command of Object.values(scripts))
        for (const [file] of command.matchAll(/\S+\.m?[jt]s\b/g)) expect(existsSync(join(folder, file))).toBe(true);
    });

    it('need nothing that a clone does not have', () => {
      // the command line is not published under that name, and tools are there only after an installation
      expect(page).not.toMatch(/\bnpx (polytask|tsx)\b/);
    });
  },
);

describe('docs/questions', () => {
  testBlocks(questions);

  const pages = questions.filter(({ title }) => !title.endsWith('README.md'));
  const nameOf = ({ title }: Readme) => title.split('/').at(-1)!;

  it('has twenty pages, each with an example and its result', () => {
    expect(pages).toHaveLength(20);
    expect(pages.filter((page) => !showsResult(page)).map(nameOf)).toEqual([]);
  });

  it('says the same in Chinese, with the same code', () => {
    const codeOf = (page: Readme) => [nameOf(page), page.blocks.map(({ code }) => code)];
    expect(chineseQuestions.map(codeOf)).toEqual(pages.map(codeOf));
  });

  it('lists every page in both languages, and links only to what there is', () => {
    const links = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to]) => join(dirname(file), to!));
    const files = [...questions, ...chineseQuestions].map(({ title }) => join(root, title));
    const index = join(questionsFolder, 'README.md');
    expect(links(index)).toEqual(expect.arrayContaining(files.filter((file) => file !== index)));
    expect(files.flatMap((file) => links(file).filter((to) => !existsSync(to)))).toEqual([]);
  });
});

describe('the code in READMEs', () => {
  it('type-checks', { timeout: limitMs }, async () => {
    const configuration = { extends: '../../../tsconfig.base.json', include: ['**/*.ts'] };
    writeFileSync(join(cache, 'tsconfig.json'), JSON.stringify(configuration));
    expect(await run([resolve('typescript/bin/tsc'), '--noEmit', '--pretty', 'false', '-p', cache], cache)).toBe('');
  });

  it('is found by its fence, at its line, without the fence of other languages', () => {
    const markdown =
      '# a\n```sh\nnpm install\n```\n\n```ts\nconst a = 1;\n```\n- b\n  ```ts no-run\n  const b = {\n    c: 2,\n  };\n  ```\n';
    expect(blocksOf(markdown)).toEqual([
      { line: 7, code: 'const a = 1;', runs: true },
      { line: 11, code: 'const b = {\n  c: 2,\n};', runs: false },
    ]);
  });

  it.each([
    ['at the end of the line', 'console.log(1); // 1', ['1']],
    ['with a URL in the call', "console.log('http://a'); // http://a // b", ['http://a // b']],
    [
      'continued in the same column',
      'console.log(a); // { b: 1,\n                //   c: 2 }\n// prose',
      ['{ b: 1,', '  c: 2 }'],
    ],
    ['below', 'console.log(1);\n// 1\n// 2\n\n// prose', ['1', '2']],
    ['below a loop', 'for (const a of b) {\n  console.log(a);\n}\n// 1\n// 2', ['1', '2']],
    ['below a call of several lines', 'console.log(\n  1,\n  2,\n);\n// 1 2', ['1 2']],
    ['nowhere', '// prose\nconst a = 1; // more\nconsole.log(a);\nconst b = 2; // yet more', []],
  ])('states what it prints %s', (_, code, expected) => {
    expect(expectedOf(code)).toEqual(expected);
  });

  it('agrees up to white space and up to an ellipsis inside a word', () => {
    expect(agrees('[\n  1, 2\n]\n3', ['[ 1, 2 ]', '3'])).toBe(true);
    expect(agrees('0.42317 done', ['0.423… done'])).toBe(true);
    expect(agrees('0.42417 done', ['0.423… done'])).toBe(false);
    expect(agrees('1 2 3', ['1 …'])).toBe(false);
    expect(agrees('1', [])).toBe(false);
    expect(agrees('axb', ['a.b'])).toBe(false);
  });
});
