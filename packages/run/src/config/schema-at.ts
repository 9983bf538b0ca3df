import type { z } from 'zod';

type Schema = z.core.$ZodType;
/** The parts of zod's definitions that lead from a schema to its children. */
type Definition = {
  readonly type: string;
  readonly innerType?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly valueType?: Schema;
  readonly element?: Schema;
  readonly items?: readonly Schema[];
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
};

const definition = (schema: Schema): Definition => {
  const found = schema._zod.def as unknown as Definition;
  return found.innerType ? definition(found.innerType) : found;
};

/** The schema that a value at `path` has to fit, as far as the value itself says which variant it is. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[], value: unknown): Definition | undefined {
  let current: Schema | undefined = schema;
  let here = value;
  for (const step of path) {
    if (!current) return undefined;
    current = child(variant(definition(current), here), step);
    here = (here as Record<PropertyKey, unknown> | null | undefined)?.[step];
  }
  return current && variant(definition(current), here);
}

/** The keys that a value at `path` may have. */
export function allowedKeys(schema: Schema, path: readonly PropertyKey[], value: unknown): string[] {
  return Object.keys(schemaAt(schema, path, value)?.shape ?? {});
}

/** The keys of a variant and what their values have to fit. */
export type Variant = { readonly name: string; readonly shape: Readonly<Record<string, Schema>> };

/** The variants of the union at `path`; without the one that only stands for objects. */
export function variantsAt(schema: Schema, path: readonly PropertyKey[], value: unknown): Variant[] {
  let at = schema;
  let here = value;
  for (const step of path) {
    const next: Schema | undefined = child(variant(definition(at), here), step);
    if (!next) return [];
    at = next;
    here = (here as Record<PropertyKey, unknown> | null | undefined)?.[step];
  }
  const { options = [], discriminator } = definition(at);
  return options
    .flatMap((option) =>
      literals(option, discriminator ?? '').map((name) => ({ name, shape: definition(option).shape! })),
    )
    .filter(({ name }) => name !== 'custom');
}

function variant(found: Definition, value: unknown): Definition {
  if (found.type !== 'union') return found;
  const named = found.discriminator;
  const tag = named === undefined ? undefined : (value as Record<string, unknown> | null | undefined)?.[named];
  const fits = (option: Schema) =>
    named === undefined
      ? definition(option).shape || (isRecord(value) && definition(option).valueType)
      : literals(option, named).includes(String(tag));
  const option = found.options?.find(fits);
  return option ? definition(option) : found;
}

const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const literals = (option: Schema, key: string): string[] => {
  const tag = definition(option).shape?.[key];
  return (tag ? (definition(tag).values ?? []) : []).map(String);
};

function child(found: Definition, step: PropertyKey): Schema | undefined {
  if (found.shape) return Object.hasOwn(found.shape, step) ? found.shape[step as string] : undefined;
  return found.valueType ?? found.element ?? found.items?.[Number(step)];
}
