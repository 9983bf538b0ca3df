import { type Problem, quote } from '@polytask/base';
import { parse } from 'yaml';

export type Setting = { readonly path: readonly string[]; readonly value: unknown; readonly text: string };

/** Reads `train.batch=32`; the value is YAML. A setting that cannot be read is a problem (E1208). */
export function readSetting(text: string): Setting | Problem {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const wrong = (message: string): Problem => ({
    code: 'E1208',
    file: `--set ${text}`,
    message,
    fix: 'Write it as in: --set train.batch=32',
  });
  const names = path?.trim().split('.') ?? [];
  if (names.length === 0 || names.includes('')) return wrong('Expected a path of keys, = and a value.');
  try {
    return { path: names, value: parse(value!, { prettyErrors: false }), text };
  } catch (error) {
    return wrong(`The value is not YAML: ${(error as Error).message.split('\n')[0]}.`);
  }
}

/** The value with one part replaced; objects on the way are made where they are missing. */
export function applySetting(value: unknown, { path, value: part, text }: Setting): unknown | Problem {
  const place = (here: unknown, rest: readonly string[], way: string): unknown => {
    const [name, ...after] = rest;
    if (name === undefined) return part;
    if (Array.isArray(here)) {
      const index = Number(name);
      if (!(Number.isInteger(index) && index >= 0 && index <= here.length))
        throw new Error(`${way} is a list of ${here.length}. Found the index ${quote(name)}.`);
      return Object.assign([...here], { [index]: place(here[index], after, `${way}.${name}`) });
    }

    const known = typeof here === 'object' && here !== null ? (here as Record<string, unknown>) : {};
    return { ...known, [name]: place(known[name], after, way ? `${way}.${name}` : name) };
  };
  try {
    return place(value, path, '');
  } catch (error) {
    return { code: 'E1208', file: `--set ${text}`, message: (error as Error).message } satisfies Problem;
  }
}
