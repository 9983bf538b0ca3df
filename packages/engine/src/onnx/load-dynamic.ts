import type { HostTensor, TypedArray } from '@polytask/base';
import type { Tensor } from 'onnxruntime-common';
import type { DynamicProgram, Executable, Feed, Inputs } from '../device.ts';
import type { Value, ValueType } from '../graph.ts';
import { held, Resident } from '../resident.ts';
import { generalise } from './generalise.ts';
import { write } from './lower.ts';
import { narrowSplits } from './narrow-splits.ts';
import { type OnnxOptions, sessionOptions } from './session.ts';

/** One session for all sizes of the dynamic axes. */
export async function loadDynamic(program: DynamicProgram, options: OnnxOptions): Promise<Executable> {
  const { runtime, name: device, profile } = options;
  const whole = generalise(program);
  const graph = options.widestSplit === undefined ? whole : narrowSplits(whole, options.widestSplit);
  const bytes = write(graph, (value) => graph.shapes.get(value)!);
  const session = await runtime.InferenceSession.create(bytes, sessionOptions(options));
  const inputs = [...graph.inputs].map(([value, name]) => ({ name, path: pathOf(value), dtype: value.dtype }));
  const outputs = [...graph.outputs].map(([value, name]) => ({
    name,
    dtype: value.dtype,
    paths: pathsOf(graph.results, value),
  }));

  const tensorOf = (given: Feed, dtype: ValueType, path: string, uses: (() => void)[]) => {
    if (!Resident.is(given)) return new runtime.Tensor(dtype, given.data as Float32Array, given.shape);
    const memory = given.held(path);
    uses.push(memory.use());
    return memory.buffer as Tensor;
  };

  const run = async ({ argument, isResident }: Inputs) => {
    const uses: (() => void)[] = [];
    try {
      const feeds = Object.fromEntries(
        inputs.map(({ name, path, dtype }) => [name, tensorOf(argument(path), dtype, path, uses)]),
      );
      const fetched = await session.run(feeds);
      const results = new Map<string, HostTensor | Resident>();
      for (const { name, dtype, paths } of outputs) {
        const tensor = fetched[name]!;
        const data = tensor.data as TypedArray;
        const shape = [...tensor.dims];
        for (const [at, path] of paths.entries()) {
          if (!isResident(path)) {
            // one value under two names: each has its own
            results.set(path, { dtype, shape: [...shape], data: at === 0 ? data : data.slice() });
            continue;
          }
          const read = async () => data.slice() as TypedArray;
          results.set(path, new Resident({ dtype, shape }, held({ device, buffer: tensor, read, release: () => {} })));
        }
      }
      return results;
    } finally {
      for (const end of uses) end();
    }
  };

  const running = new Set<Promise<unknown>>();
  return {
    run(given) {
      const one = run(given);
      running.add(one);
      const ended = () => running.delete(one);
      one.then(ended, ended);
      return one;
    },
    async [Symbol.asyncDispose]() {
      // Sizes differ, so that runs share no memory and go at once; a session that ends under one of them would end the process.
      await Promise.allSettled(running);
      if (profile) session.endProfiling();
      await session.release();
    },
  };
}

const pathOf = ({ id, source }: Value): string => {
  if (source.kind === 'argument') return source.path;
  throw new RangeError(`Value ${id} has no source at run time.`);
};

const pathsOf = (results: ReadonlyMap<string, Value>, value: Value): string[] =>
  [...results].flatMap(([path, result]) => (result === value ? [path] : []));
