// What the tables from names to factories are made with.

/** A variant of a section without its name. */
type OptionsOf<Section extends { type: string }, Type extends Section['type']> = Omit<
  Extract<Section, { type: Type }>,
  'type'
>;
export type Factories<Section extends { type: string }, Context, Made> = {
  readonly [Type in Exclude<Section['type'], 'custom'>]: (options: OptionsOf<Section, Type>, context: Context) => Made;
};

export const lookUp = <Made>(factories: object, config: { readonly type: string }, context: unknown): Made => {
  const { type, ...options } = config;
  return (factories as Record<string, (options: unknown, context: unknown) => Made>)[type]!(options, context);
};

export const requireObject = <Value>(given: Value | undefined, name: string): Value => {
  if (given === undefined)
    throw new TypeError(`type: "custom" stands for an object, ${name}. Expected a TypeScript run file that passes it.`);
  return given;
};

/** The same options without those left undefined, which would hide defaults. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
export const defined = <T extends object>(options: T): Defined<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;

/** The same options with the numbers of tasks, which run files give by name, in the order of the tasks. */
type InOrder<T> = {
  [K in keyof T]: T[K] extends Readonly<Record<string, number>> | undefined ? number[] : Exclude<T[K], undefined>;
};
export const inOrder = <T extends object>(options: T, tasks: readonly string[]): InOrder<Defined<T>> =>
  Object.fromEntries(
    Object.entries(defined(options)).map(([key, value]) => [
      key,
      typeof value === 'object' && value !== null
        ? tasks.map((task) => numberOf(key, value as Readonly<Record<string, number>>, task))
        : value,
    ]),
  ) as InOrder<Defined<T>>;

export function numberOf(key: string, values: Readonly<Record<string, number>>, task: string): number {
  const value = values[task];
  if (value === undefined) throw new RangeError(`expected ${key} of every task. Found none of "${task}".`);
  return value;
}
