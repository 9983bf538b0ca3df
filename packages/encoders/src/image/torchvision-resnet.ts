import { type HostTensor, hostTensor, PolytaskError, type Problem, sizeOf } from '@polytask/base';
import type { Host } from '@polytask/core';
import type { NormedParams, ResidualBlockParams, ResnetParams } from './resnet-layer.ts';

/** What a checkpoint holds: parameters, and the options of `resnet` that they are for. */
export type TorchvisionResnet = {
  readonly params: Host<ResnetParams>;
  readonly options: {
    readonly blocks: readonly number[];
    readonly filters: number;
    readonly stem: 'large';
    readonly groups: null;
  };
  /** Tensors that stand for nothing here, such as the classifier's. */
  readonly left: readonly string[];
};

/**
 * The parameters of a residual network of basic blocks (ResNet-18, ResNet-34) from tensors with torchvision's names, such as those of
 * `readSafetensors`. Batch norms are frozen: scale = γ / √(σ² + ε), bias = β − μ·scale with the running mean and variance.
 *
 * Images have to be scaled as they were for those weights: torchvision's have mean .485, .456, .406 and deviation .229, .224, .225.
 *
 * @param epsilon of the batch norms. Default: 10⁻⁵.
 * @throws PolytaskError data E2418 with every tensor that is missing or has another shape; nothing is loaded in part.
 */
export function resnetFromTorchvision(
  tensors: Readonly<Record<string, HostTensor>>,
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): TorchvisionResnet {
  const problems: Problem[] = [];
  const used = new Set<string>();
  const take = (name: string, shape: readonly number[]): ArrayLike<number> => {
    used.add(name);
    const found = tensors[name];
    const expected = `[${shape.join(', ')}]`;
    if (found && String(found.shape) === String(shape)) return found.data as Float32Array;
    problems.push({
      code: 'E2418',
      path: name,
      message: found
        ? `Expected the shape ${expected}. Found [${found.shape.join(', ')}].`
        : `Missing: expected a tensor of shape ${expected}.`,
    });
    return new Float32Array(sizeOf(shape));
  };
  const normed = (convolution: string, norm: string, [size, from, to]: readonly [number, number, number]) => {
    const weight = take(`${convolution}.weight`, [to, from, size, size]);
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
      take(`${norm}.${part}`, [to]),
    ) as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
    const scale = Float32Array.from({ length: to }, (_, at) => gamma[at]! / Math.sqrt(variance[at]! + epsilon));
    const bias = Float32Array.from({ length: to }, (_, at) => beta[at]! - mean[at]! * scale[at]!);
    const filter = new Float32Array(weight.length);
    // [out, in, row, column] → [row, column, in, out]
    for (let out = 0; out < to; out++)
      for (let inner = 0; inner < from; inner++)
        for (let place = 0; place < size * size; place++)
          filter[(place * from + inner) * to + out] = weight[(out * from + inner) * size * size + place]!;
    return {
      filter: hostTensor('float32', [size, size, from, to], filter),
      scale: hostTensor('float32', [to], scale),
      bias: hostTensor('float32', [to], bias),
    } satisfies Host<NormedParams>;
  };

  const filters = tensors['conv1.weight']?.shape[0] ?? 64;
  const channels = tensors['conv1.weight']?.shape[1] ?? 3;
  const stem = normed('conv1', 'bn1', [7, channels, filters]);
  const blocks = countBlocks(Object.keys(tensors));
  const stages = blocks.map((count, stage) =>
    Array.from({ length: count }, (_, at): Host<ResidualBlockParams> => {
      const name = `layer${stage + 1}.${at}`;
      const to = filters * 2 ** stage;
      const from = stage > 0 && at === 0 ? to / 2 : to;
      return {
        first: normed(`${name}.conv1`, `${name}.bn1`, [3, from, to]),
        second: normed(`${name}.conv2`, `${name}.bn2`, [3, to, to]),
        ...(from !== to && { shortcut: normed(`${name}.downsample.0`, `${name}.downsample.1`, [1, from, to]) }),
      };
    }),
  );
  if (problems.length > 0) throw new PolytaskError('data', problems);
  const left = Object.keys(tensors).filter((name) => !used.has(name));
  return { params: { stem, stages }, options: { blocks, filters, stem: 'large', groups: null }, left };
}

/** How many blocks each stage has, by the names; four stages of two where there are none. */
function countBlocks(names: readonly string[]): number[] {
  const counts: number[] = [];
  for (const name of names) {
    const [, stage, block] = /^layer(\d+)\.(\d+)\./.exec(name) ?? [];
    if (stage === undefined) continue;
    const at = Number(stage) - 1;
    counts[at] = Math.max(counts[at] ?? 0, Number(block) + 1);
  }
  return counts.length > 0 ? Array.from(counts, (count) => count ?? 1) : [2, 2, 2, 2];
}
