/** Who has to act. The command line maps each kind to an exit code (1, 2, 3, 4, 5). */
export type ErrorKind = 'internal' | 'usage' | 'data' | 'diverged' | 'interrupted';

/** One thing that is wrong, with everything known about where and why. */
export type Problem = {
  /** Stable code such as `E1207`. */
  readonly code: string;
  /** What was found and what was expected, one or two sentences. */
  readonly message: string;
  /** Where in the document, for example `tasks.topic.loss`. */
  readonly path?: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based position in the line. */
  readonly column?: number;
  /** 1-based data row. */
  readonly row?: number;
  /** The likely fix. */
  readonly fix?: string;
  /** How many equal problems this one stands for. */
  readonly count?: number;
};

const brand = Symbol.for('polytask.error');

/**
 * The error every polytask package throws: a stable `code`, the `kind` of reader it is for and all problems found in one pass.
 *
 * `PolytaskError.is` works across two installed copies of this package, which `instanceof` does not.
 */
export class PolytaskError extends Error {
  override readonly name = 'PolytaskError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly problems: readonly Problem[];
  readonly [brand] = true;

  constructor(kind: ErrorKind, problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join('\n'), options);
    this.kind = kind;
    this.problems = list;
    this.code = list[0]?.code ?? 'E1000';
  }

  static is(value: unknown): value is PolytaskError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

/** `E1207 tasks.topic.loss.tpye (run.yaml:14:7): unknown key. Did you mean "type"?` */
export function formatProblem(problem: Problem): string {
  const { code, path, file, line, column, row, message, fix, count } = problem;
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
  const where = [path, place && (path ? `(${place})` : place), row === undefined ? '' : `row ${row}`].filter(Boolean);
  const head = where.length > 0 ? `${code} ${where.join(' ')}: ` : `${code} `;
  const times = count !== undefined && count > 1 ? ` (${count} times)` : '';
  return `${head}${message}${times}${fix ? ` ${fix}` : ''}`;
}

/** A value as it may appear in a message: one line, cut at `limit` characters. */
export function quote(value: unknown, limit = 40): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
