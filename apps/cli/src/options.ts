import { Argument, type Command, InvalidArgumentError, Option } from 'commander';

/** What every command takes. */
export type CommonOptions = { readonly json?: boolean; readonly quiet?: boolean };

export const jsonOption = (what = 'the last line on stdout is one JSON object') => new Option('--json', what);

export const quietOption = () => new Option('-q, --quiet', 'no progress, only results and errors');

export const setOption = () =>
  new Option(
    '-s, --set <key=value>',
    'override a key of the run file, such as train.batch=32; may be repeated',
  ).argParser((value: string, earlier: readonly string[] = []) => [...earlier, value]);

/** An option that may be repeated. */
export const listOption = (flags: string, what: string) =>
  new Option(flags, what).argParser((value: string, earlier: readonly string[] = []) => [...earlier, value]);

/** A number of rows. */
export const rowsOption = (flags: string, what: string) =>
  new Option(flags, what).argParser((value: string) => {
    const rows = Number(value.replaceAll(',', ''));
    if (!(Number.isSafeInteger(rows) && rows > 0)) throw new InvalidArgumentError('Expected a positive whole number.');
    return rows;
  });

export const encodingOption = () =>
  new Option('--encoding <encoding>', 'of a data file (default: utf-8); latin1 is what old spreadsheets write').choices(
    ['utf-8', 'latin1'],
  );

export const deviceOption = () =>
  new Option('--device <name>', 'where to compute: auto, onnx, tfjs, … (polytask doctor lists them)');

export const traceNanOption = () =>
  new Option('--trace-nan', 'slower: where numbers stop being finite, say which operation, layer and line it was');

/** Adds `--json` and `--quiet`, and examples below the help. */
export function common(command: Command, examples: readonly string[], json?: string): Command {
  return command
    .addOption(jsonOption(json))
    .addOption(quietOption())
    .addHelpText('after', ['', 'Examples:', ...examples.map((example) => `  $ ${example}`)].join('\n'));
}

/** The overrides of a command as `readRunFile` takes them. */
export function changes({
  set = [],
  data,
  device,
}: {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly device?: string;
}) {
  const all = device === undefined ? set : [...set, `device=${device}`];
  return { ...(all.length > 0 && { set: all }), ...(data !== undefined && { data }) };
}

export const runFolderArgument = () => new Argument('<run>', 'a run folder, or "latest": the newest one in ./runs');
