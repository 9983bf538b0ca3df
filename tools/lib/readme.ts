import ts from 'typescript';

/** A ```ts block of a Markdown file; `line` is that of its first line of code. */
export type Block = { readonly line: number; readonly code: string; readonly runs: boolean };

/** All ```ts blocks in order. A block opened with "```ts no-run" is listed and not run. */
export const blocksOf = (markdown: string): Block[] => {
  const blocks: Block[] = [];
  let open: { line: number; runs: boolean; lines: string[]; indent: number } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const fence = /^(\s*)```(.*)$/.exec(text);
    if (open && fence?.[2]?.trim() === '') {
      blocks.push({ line: open.line, code: open.lines.join('\n'), runs: open.runs });
      open = undefined;
    } else if (open) {
      open.lines.push(text.slice(Math.min(open.indent, text.search(/\S|$/))));
    } else if (fence) {
      const [language, ...flags] = fence[2]?.trim().split(/\s+/) ?? [];
      if (language !== 'ts' && language !== 'typescript') continue;
      open = { line: index + 2, runs: !flags.includes('no-run'), lines: [], indent: fence[1]?.length ?? 0 };
    }
  }
  return blocks;
};

const commentOnly = /^\s*\/\/ ?(.*)$/;

/**
 * What the comments of a block say that it prints, line by line: the comment at the end of a `console.log` line
 * (continued by comments in the same column), or else the comment lines right below, past closing brackets.
 */
export const expectedOf = (code: string): string[] => {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true);
  const lines = code.split('\n');
  const expected: string[] = [];

  const linesBelow = (line: number, wanted: (text: string) => boolean): void => {
    for (let next = line; next < lines.length; next += 1) {
      const text = lines[next] ?? '';
      const comment = commentOnly.exec(text);
      if (!comment || !wanted(text)) return;
      expected.push(comment[1] ?? '');
    }
  };

  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !/^console\.(log|info)$/.test(node.expression.getText(source))) return;
    let statement: ts.Node = node;
    while (!ts.isExpressionStatement(statement) && statement.parent) statement = statement.parent;
    const end = source.getLineAndCharacterOfPosition(statement.end).line;
    const trailing = ts.getTrailingCommentRanges(code, statement.end)?.[0];
    if (trailing) {
      expected.push(code.slice(trailing.pos, trailing.end).replace(/^\/\/ ?/, ''));
      const { character } = source.getLineAndCharacterOfPosition(trailing.pos);
      linesBelow(end + 1, (text) => text.search(/\S/) === character);
    } else {
      let below = end + 1;
      while (/^\s*[)}\];]+\s*$/.test(lines[below] ?? '')) below += 1;
      linesBelow(below, () => true);
    }
  };
  visit(source);
  return expected;
};

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * Does the printed text agree with the expected lines? White space counts as one space, and `…` stands for any
 * characters without white space: `0.4231…`.
 */
export const agrees = (printed: string, expected: readonly string[]): boolean => {
  const literal = flat(expected.join('\n'))
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('\\S*')}$`).test(flat(printed));
};
