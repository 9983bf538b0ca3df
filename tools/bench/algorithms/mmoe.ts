import { equal } from '@polytask/balance';
import {
  fold,
  type HostTensor,
  hostTensor,
  type Key,
  key,
  leaves,
  normal,
  permutation,
  type Tree,
} from '@polytask/base';
import {
  type AnyLayer,
  type AnyTask,
  defineModel,
  dense,
  type Layer,
  type Sharing,
  sequential,
  squaredError,
  type Tensors,
} from '@polytask/core';
import { type Device, openDevice } from '@polytask/engine';
import { cgc, hard, mmoe, ple } from '@polytask/sharing';
import { type AnyModel, adam, type Batch, inference, trainingStep } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';
import { grouped, machine, markdownTable, note, type Section, type Settings, spread } from './markdown.ts';

const width = 100;
const sizes = { train: 10_000, validation: 1000, test: 2000 } as const;
const size = 200;
const rates = [1e-2, 1e-3, 1e-4];

/** Two numbers to predict whose weight vectors have the cosine p, by several ways of sharing with as many parameters. */
export const experts: Section = { name: 'mmoe', measure };

type Rows = { readonly inputs: Float32Array; readonly targets: Readonly<Record<string, Float32Array>> };
type Data = Readonly<Record<keyof typeof sizes, Rows>>;

/** y = w·x + Σᵢ sin(αᵢ w·x + βᵢ) + ε with αᵢ = βᵢ = i, i = 1 … 4, ε of deviation 0.1; w₁ = c u₁, w₂ = c (p u₁ + √(1 − p²) u₂), c = 0.5. */
function draw(source: Key, p: number): Data {
  const [first, second] = [normal(fold(source, 'first'), width), normal(fold(source, 'second'), width)];
  const unit = (vector: Float64Array | number[]) => Array.from(vector, (x) => x / Math.hypot(...vector));
  const u1 = unit([...first]);
  const along = u1.reduce((sum, x, at) => sum + x * second[at]!, 0);
  const u2 = unit(Array.from(second, (x, at) => x - along * u1[at]!));
  const directions = { first: u1, second: u1.map((x, at) => p * x + Math.sqrt(1 - p * p) * u2[at]!) };
  const rows = (name: keyof typeof sizes): Rows => {
    const count = sizes[name];
    const inputs = Float32Array.from(normal(fold(source, `${name} inputs`), count * width));
    const target = (task: keyof typeof directions) => {
      const noise = normal(fold(source, `${name} ${task}`), count);
      return Float32Array.from({ length: count }, (_, row) => {
        const t = 0.5 * directions[task].reduce((sum, x, at) => sum + x * inputs[row * width + at]!, 0);
        return t + [1, 2, 3, 4].reduce((sum, i) => sum + Math.sin(i * t + i), 0) + 0.1 * noise[row]!;
      });
    };
    return { inputs, targets: { first: target('first'), second: target('second') } };
  };
  return { train: rows('train'), validation: rows('validation'), test: rows('test') };
}

const same: Layer<Record<string, never>> = {
  init: (_, inputShape) => ({ params: {}, outputShape: inputShape }),
  apply: (_, x) => x,
};
const relu = (units: number): AnyLayer => dense({ units, activation: 'relu' });
const tower: AnyTask = {
  layer: sequential({ hidden: dense({ units: 8, activation: 'relu' }), out: dense({ units: 1 }) }),
  loss: (guess: tf.Tensor, { values }: { values: tf.Tensor }) => squaredError(guess, values),
};
const model = <P extends Tensors>(tasks: readonly string[], sharing: Sharing<P, Tensors>): AnyModel =>
  defineModel({
    encoder: same,
    inputShape: [width],
    sharing,
    tasks: Object.fromEntries(tasks.map((task) => [task, tower])),
  }) as unknown as AnyModel;
const both = ['first', 'second'];

/** Layers as wide as makes their parameters as many as those of MMoE with 8 experts of 16. */
const ways: Readonly<Record<string, () => readonly AnyModel[]>> = {
  'single tasks, 68 units each': () => both.map((task) => model([task], hard({ tower: relu(68) }))),
  'hard sharing, 126 units': () => [model(both, hard({ tower: relu(126) }))],
  'MMoE, 8 experts × 16': () => [model(both, mmoe({ expert: relu(16), experts: 8 }))],
  'CGC, 4 shared and 2 × 2 own experts × 16': () => [model(both, cgc({ expert: relu(16), shared: 4, specific: 2 }))],
  'PLE, two levels of 3 shared and 2 × 2 own experts × 15': () => [
    model(both, ple({ levels: [relu(15), relu(15)], shared: 3, specific: 2 })),
  ],
};

function batchOf({ inputs, targets }: Rows, tasks: readonly string[], rows: readonly number[]): Batch {
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    values.set(inputs.subarray(row * width, (row + 1) * width), at * width);
  });
  return {
    inputs: hostTensor('float32', [rows.length, width], values),
    targets: Object.fromEntries(
      tasks.map((task) => [
        task,
        {
          values: hostTensor(
            'float32',
            [rows.length, 1],
            rows.map((row) => targets[task]![row]!),
          ),
        },
      ]),
    ),
    counts: Object.fromEntries(tasks.map((task) => [task, rows.length])),
    size: rows.length,
    epoch: 0,
    last: false,
  };
}

const blocks = (order: ArrayLike<number>): number[][] =>
  Array.from({ length: Math.floor(order.length / size) }, (_, at) =>
    Array.from({ length: size }, (_, row) => order[at * size + row]!),
  );

/** Trains one model, and tells its mean squared error by task on validation and test rows after the epoch with the best validation. */
function trainer(trained: AnyModel, device: Device, epochs: number) {
  const step = trainingStep({ model: trained, optimizer: adam(), balancer: equal(), device });
  const programs = inference(trained, device);
  const tasks = trained.tasks;
  const errorsOn = async (params: unknown, rows: Rows) => {
    const totals = tasks.map(() => 0);
    const parts = blocks(Array.from({ length: rows.inputs.length / width }, (_, row) => row));
    for (const part of parts) {
      const { inputs, targets } = batchOf(rows, tasks, part);
      const { sums } = (await programs.evaluate.run(params, { inputs, targets })) as { sums: HostTensor };
      tasks.forEach((_, at) => {
        totals[at]! += Number(sums.data[at]);
      });
    }
    return totals.map((total) => total / (parts.length * size));
  };
  return {
    parameters: leaves(trained.init(key(0)) as Tree<HostTensor>).reduce((sum, [, { data }]) => sum + data.length, 0),
    async run(data: Data, source: Key, learningRate: number) {
      let state = step.init(fold(source, 'parameters'));
      let best: { validation: readonly number[]; test: readonly number[] } = {
        validation: [Number.POSITIVE_INFINITY],
        test: [Number.NaN],
      };
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = permutation(fold(fold(source, 'order'), epoch), sizes.train);
        for (const rows of blocks(order)) {
          const now = { learningRate, key: fold(fold(source, 'steps'), epoch) };
          state = (await step.run(state, [batchOf(data.train, tasks, rows)], now)).state;
        }
        const validation = await errorsOn(state.params, data.validation);
        const sum = (errors: readonly number[]) => errors.reduce((total, error) => total + error, 0);
        if (sum(validation) < sum(best.validation))
          best = { validation, test: await errorsOn(state.params, data.test) };
      }
      return best;
    },
    async [Symbol.asyncDispose]() {
      await step[Symbol.asyncDispose]();
      await programs[Symbol.asyncDispose]();
    },
  };
}

async function measure({ seeds = 4, quick }: Settings): Promise<string[]> {
  const device = await openDevice('onnx', { threads: 1 });
  const epochs = quick ? 2 : 8;
  const count = quick ? 1 : seeds;
  const cosines = [0.5, 0.9, 1];
  const start = performance.now();
  const rows: string[][] = [];
  for (const [name, modelsOf] of Object.entries(ways)) {
    const cells: string[] = [];
    let parameters = 0;
    for (const p of cosines) {
      note(`${name}, p = ${p}`);
      const errors = Array.from({ length: count }, () => [] as number[]);
      parameters = 0;
      for (const one of modelsOf()) {
        await using training = trainer(one, device, epochs);
        parameters += training.parameters;
        const dataOf = (seed: number) => draw(fold(key(seed), `p = ${p}`), p);
        const tuning: { rate: number; validation: readonly number[]; test: readonly number[] }[] = [];
        for (const rate of quick ? [1e-3] : rates)
          tuning.push({ rate, ...(await training.run(dataOf(1), key(1), rate)) });
        const total = ({ validation }: (typeof tuning)[number]) => validation.reduce((sum, error) => sum + error, 0);
        const chosen = tuning.reduce((left, right) => (total(right) < total(left) ? right : left));
        errors[0]!.push(...chosen.test);
        for (let seed = 2; seed <= count; seed++)
          errors[seed - 1]!.push(...(await training.run(dataOf(seed), key(seed), chosen.rate)).test);
      }
      cells.push(spread(errors.map((tasks) => tasks.reduce((sum, error) => sum + error, 0) / tasks.length)));
    }
    rows.push([name, grouped(parameters), ...cells]);
  }
  const seconds = (performance.now() - start) / 1000;
  return [
    `Mean squared error on ${grouped(sizes.test)} rows, mean of both tasks; mean ± standard deviation over ${count} seeds, each with data of its own; lower is better, the noise`,
    `alone is 0.01. ${grouped(sizes.train)} rows to train, ${epochs} epochs of batches of ${size}, Adam at the best of ${rates.join(', ')} by the validation rows of the first seed;`,
    `y = t + sin(t + 1) + … + sin(4t + 4) + ε with t = w·x, ‖w‖ = 0.5. ${machine()}, ${Math.round(seconds)} s.`,
    '',
    ...markdownTable(['', 'parameters', ...cosines.map((p) => `p = ${p}`)], rows),
  ];
}
