import { styleText } from 'node:util';
import { cut } from './text/width.ts';

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (format: Format, text: string) => string;

/** Where a command says what: results on stdout, everything on the way on stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether people watch stderr. */
  readonly isLive: boolean;
  /** Columns of stdout, unbounded when it is no terminal. */
  readonly columns: number;
  /** Colours for stdout. */
  readonly paint: Paint;
  /** Colours for stderr. */
  readonly paintNote: Paint;
  /** Result lines for people; not with `--json`. */
  print(...lines: readonly string[]): void;
  /** One JSON object on a line of stdout. */
  emit(value: unknown): void;
  /** What happens on the way, on stderr; not with `--quiet`. */
  note(...lines: readonly string[]): void;
  /** Replaces the updating line at the bottom of a live terminal; without a text it is removed. */
  status(text?: string): void;
}

export type TerminalOptions = { readonly json?: boolean; readonly quiet?: boolean };

type Stream = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

export type Streams = {
  readonly out: Stream;
  readonly err: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
};

const processStreams = (): Streams => ({ out: process.stdout, err: process.stderr, env: process.env });

/** Colours only where a terminal shows them. https://no-color.org */
function paintFor(stream: Stream, env: Streams['env']): Paint {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const isOn = !env.NO_COLOR && (forced || (stream.isTTY === true && env.TERM !== 'dumb'));
  return (format, text) => (isOn ? styleText(format, text, { validateStream: false }) : text);
}

export function openTerminal({ json = false, quiet = false }: TerminalOptions, streams = processStreams()): Terminal {
  const { out, err, env } = streams;
  const isLive = err.isTTY === true && env.TERM !== 'dumb' && !quiet;
  let current = '';
  const erase = () => {
    if (current) err.write('\r\u001b[2K');
    current = '';
  };
  const show = (line: string) => {
    if (line) err.write(line);
    current = line;
  };
  return {
    json,
    quiet,
    isLive,
    columns: out.isTTY ? (out.columns ?? 80) : Number.POSITIVE_INFINITY,
    paint: paintFor(out, env),
    paintNote: paintFor(err, env),
    print(...lines) {
      if (json) return;
      erase();
      for (const line of lines) out.write(`${line}\n`);
    },
    emit(value) {
      erase();
      out.write(`${JSON.stringify(value)}\n`);
    },
    note(...lines) {
      if (quiet) return;
      const shown = current;
      erase();
      for (const line of lines) err.write(`${line}\n`);
      show(shown);
    },
    status(text = '') {
      if (!isLive) return;
      const line = cut(text, (err.columns ?? 80) - 1);
      if (line === current) return;
      erase();
      show(line);
    },
  };
}
