import { onnxTypes } from '../kernels/kernel.ts';
import type { Constant, LoweredGraph, LoweredNode } from './emitter.ts';
import { type Form, fitForm, isFixed, numberAt } from './forms.ts';
import type { Probes } from './probes.ts';
import type { ElementType } from './proto.ts';

/** An input of the graph whose axis has the size. */
export type SizeSource = { readonly input: string; readonly axis: number };

/**
 * Writes the constants of a graph that depend on sizes as nodes that compute them from the shapes of its inputs.
 *
 * Numbers may be linear in each size (`Form`), floats also 1 over such a form; tensors that grow with a size may hold one value, or evenly
 * spaced ones.
 */
export function symbolic(
  graph: LoweredGraph,
  names: readonly string[],
  sources: readonly (SizeSource | undefined)[],
  { low, high, third }: Probes,
) {
  const nodes: LoweredNode[] = [];
  const constants = new Map<string, Constant>();
  const made = new Map<string, string>();

  const op = (type: string, inputs: readonly string[], attributes: LoweredNode['attributes'] = {}): string => {
    const signature = `${type}|${inputs}|${JSON.stringify(attributes)}`;
    const known = made.get(signature);
    if (known !== undefined) return known;
    const name = `#s${made.size}`;
    nodes.push({ type, name, inputs, outputs: [name], attributes });
    made.set(signature, name);
    return name;
  };
  const data = (type: ElementType, values: readonly number[], shape: readonly number[] = [values.length]): string => {
    const signature = `${type}|${values}|${shape}`;
    const known = made.get(signature);
    if (known !== undefined) return known;
    const name = `#s${made.size}`;
    constants.set(name, { type, shape, data: typed(type, values) });
    made.set(signature, name);
    return name;
  };

  /** Whether all numbers can be computed at run time. */
  const isKnown = (forms: readonly Form[]) =>
    forms.every((form) =>
      form.every((coefficient, subset) => coefficient === 0 || factors(subset).every((at) => sources[at])),
    );
  const factors = (subset: number) => names.flatMap((_, at) => (subset & (1 << at) ? [at] : []));
  const size = (at: number) => {
    const { input, axis } = sources[at]!;
    return op('Shape', [input], { start: axis, end: axis + 1 });
  };

  /** A list of numbers, one per form. */
  const computed = (forms: readonly Form[], type: 'int64' | 'float32'): string => {
    const terms: string[] = [];
    for (let subset = 1; subset < 2 ** names.length; subset++) {
      const coefficients = forms.map((form) => form[subset]!);
      if (coefficients.every((coefficient) => coefficient === 0)) continue;
      const product = factors(subset)
        .map(size)
        .reduce((left, right) => op('Mul', [left, right]));
      const number = type === 'float32' ? op('Cast', [product], { to: onnxTypes.float32 }) : product;
      const isPlain = coefficients.length === 1 && coefficients[0] === 1;
      terms.push(isPlain ? number : op('Mul', [number, data(type, coefficients)]));
    }
    const offsets = forms.map((form) => form[0]!);
    if (terms.length === 0 || offsets.some((offset) => offset !== 0)) terms.push(data(type, offsets));
    return terms.reduce((left, right) => op('Add', [left, right]));
  };

  const shaped = (name: string, shape: readonly number[]) =>
    shape.length === 1 ? name : op('Reshape', [name, data('int64', shape)]);

  /** The forms of numbers at the corners, if what they predict for the third size is there. */
  const fit = (columns: readonly (readonly number[])[], tolerance = 0): Form[] | undefined => {
    const forms = columns.map((values) => fitForm(values.slice(0, -1), low, high));
    const agrees = columns.every((values, at) => {
      const expected = values.at(-1)!;
      return Math.abs(numberAt(forms[at]!, third) - expected) <= tolerance * Math.abs(expected);
    });
    const isWhole = tolerance > 0 || forms.flat().every(Number.isInteger);
    return agrees && isWhole && isKnown(forms) ? forms : undefined;
  };

  const sameShape = (all: readonly Constant[], isShape: boolean): string | undefined => {
    const { type, shape } = all[0]!;
    const columns = Array.from(all[0]!.data, (_, at) => all.map((constant) => Number(constant.data[at])));
    if (type === 'float32') {
      const forms = fit(columns, 1e-6);
      if (forms) return shaped(computed(forms, 'float32'), shape);
      const inverse = fit(
        columns.map((values) => values.map((value) => 1 / value)),
        1e-6,
      );
      return inverse && shaped(op('Reciprocal', [computed(inverse, 'float32')]), shape);
    }
    if (type !== 'int64' && type !== 'int32') return undefined;
    const forms = fit(columns);
    if (!forms) return undefined;
    const open = forms.filter((form) => !isFixed(form));
    // One open axis is what is left over, where no axis is empty.
    if (isShape && open.length === 1 && columns.every(([value]) => value !== 0))
      return data(
        'int64',
        forms.map((form) => (isFixed(form) ? form[0]! : -1)),
      );
    const list = computed(forms, 'int64');
    return shaped(type === 'int64' ? list : op('Cast', [list], { to: onnxTypes.int32 }), shape);
  };

  const growing = (all: readonly Constant[]): string | undefined => {
    const { type, shape, data: first } = all[0]!;
    if (!all.every((constant) => constant.shape.length === shape.length) || first.length < 2) return undefined;
    const forms = fit(shape.map((_, axis) => all.map((constant) => constant.shape[axis]!)));
    const lengths = fit([all.map((constant) => constant.data.length)]);
    const start = Number(first[0]);
    const step = Number(first[1]) - start;
    const isEven = all.every((constant) =>
      Array.from(constant.data, Number).every(
        (value, at) => Math.abs(value - (start + at * step)) <= 1e-6 * Math.abs(value),
      ),
    );
    if (!forms || !lengths || !isEven) return undefined;
    const target = computed(forms, 'int64');
    if (step === 0) return op('Expand', [data(type, [start], []), target]);
    if (type !== 'int64' && type !== 'int32' && type !== 'float32') return undefined;
    const [zero, one] = [data('int64', [0], []), data('int64', [1], [])];
    const places = op('Range', [zero, op('Reshape', [computed(lengths, 'int64'), data('int64', [], [0])]), one]);
    const numbers = type === 'int64' ? places : op('Cast', [places], { to: onnxTypes[type] });
    const scaled = step === 1 ? numbers : op('Mul', [numbers, data(type, [step], [])]);
    const moved = start === 0 ? scaled : op('Add', [scaled, data(type, [start], [])]);
    return shape.length === 1 ? moved : op('Reshape', [moved, target], { allowzero: 1 });
  };

  return {
    /** The name of a constant, which has these names and contents in the traces; undefined where they do not follow from the sizes. */
    constant(all: readonly string[], contents: readonly Constant[], isShape: boolean): string | undefined {
      const signature = `${all.join('|')}${isShape}`;
      const known = made.get(signature);
      if (known !== undefined) return known;
      const [first] = contents as [Constant, ...Constant[]];
      const isSame = contents.every((content) => isEqual(content, first));
      const name = isSame
        ? all[0]!
        : contents.every(({ type, shape }) => type === first.type && String(shape) === String(first.shape))
          ? sameShape(contents, isShape)
          : contents.every(({ type }) => type === first.type)
            ? growing(contents)
            : undefined;
      if (name === undefined) return undefined;
      if (isSame) constants.set(name, graph.constants.get(name)!);
      made.set(signature, name);
      return name;
    },
    done: () => ({ nodes, constants }),
  };
}

function isEqual(a: Constant, b: Constant): boolean {
  if (a.data === b.data) return true;
  if (a.type !== b.type || String(a.shape) !== String(b.shape) || a.data.length !== b.data.length) return false;
  for (let at = 0; at < a.data.length; at++) if (!Object.is(a.data[at], b.data[at])) return false;
  return true;
}

const typed = (type: ElementType, values: readonly number[]) =>
  type === 'int64'
    ? BigInt64Array.from(values, BigInt)
    : type === 'float32'
      ? Float32Array.from(values)
      : type === 'int32'
        ? Int32Array.from(values)
        : Uint8Array.from(values);
