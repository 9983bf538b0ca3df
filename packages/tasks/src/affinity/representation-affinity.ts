import { fold, type HostTensor, type Key, permutation } from '@polytask/base';
import { context, noRandom } from '@polytask/core';
import { compile, type Device } from '@polytask/engine';
import type { AnyModel, Batch } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';
import { requireCount } from '../require.ts';
import { type Affinity, meanAffinity } from './affinity.ts';
import { type LinearCkaOptions, linearCka } from './linear-cka.ts';

export type RepresentationAffinityOptions<Task extends string = string> = LinearCkaOptions & {
  /** By task a model that was trained for it, and its parameters. All take the same inputs. */
  readonly models: Readonly<Record<Task, { readonly model: AnyModel; readonly params: unknown }>>;
  readonly batches: Iterable<Pick<Batch, 'inputs' | 'size'>>;
  readonly device: Device;
  /** Examples that are compared at most; of more, as many are drawn. Default: 1,000. */
  readonly examples?: number;
  readonly key: Key;
};

/**
 * How alike what models of single tasks make of the same examples is: linear CKA of their representations, each flattened to a vector.
 *
 * @throws RangeError as `linearCka` does.
 *
 * The idea, with correlations of dissimilarities in the place of CKA: Dwivedi & Roig, "Representation Similarity Analysis for Efficient Task
 * Taxonomy & Transfer Learning", CVPR 2019.
 */
export async function representationAffinity<Task extends string>({
  models,
  batches,
  device,
  unbiased = false,
  examples = 1_000,
  key,
}: RepresentationAffinityOptions<Task>): Promise<Affinity<Task>> {
  requireCount('examples', examples);
  const tasks = Object.keys(models) as Task[];
  const list = [...batches];
  const rows: Float32Array[][] = [];
  for (const task of tasks) {
    const { model, params } = models[task];
    await using program = compile(
      (own: unknown, inputs: unknown) => ({
        representation: model.represent(own as never, inputs, context('infer', noRandom)) as tf.Tensor,
      }),
      { device },
    );
    const found: Float32Array[] = [];
    for (const { inputs, size } of list) {
      const { representation } = (await program.run(params, inputs)) as { representation: HostTensor };
      const width = representation.data.length / representation.shape[0]!;
      for (let row = 0; row < size; row++)
        found.push(Float32Array.from(representation.data.subarray(row * width, (row + 1) * width)));
    }
    rows.push(found);
  }
  const count = rows[0]?.length ?? 0;
  const drawn = [...permutation(fold(key, 'examples'), count)].slice(0, examples);
  const picked = rows.map((own) => drawn.map((at) => own[at]!));
  const matrix = tasks.map((_, i) =>
    tasks.map((_, j) => {
      const value = linearCka(picked[i]!, picked[j]!, { unbiased });
      return Number.isNaN(value) ? null : value;
    }),
  );
  return meanAffinity(tasks, unbiased ? 'unbiased linear CKA' : 'linear CKA', [matrix]);
}
