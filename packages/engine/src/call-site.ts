/** The first stack line outside tfjs and the engine's own tracing. */
export function callSite(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const own =
    /tfjs-core|tfjs-gradients|(packages|@polytask)[\\/](engine|core|base)[\\/](src|dist)[\\/](?!.*\.test\.)|node:internal/;
  const line = lines.find((candidate) => /[\\/].*:\d+:\d+/.test(candidate) && !own.test(candidate));
  return line?.trim().replace(/^at /, '');
}

export const at = (site: string | undefined) => (site ? ` (at ${site})` : '');
