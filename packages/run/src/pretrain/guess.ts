import type { HostTensor } from '@polytask/base';
import { context, defineModel, type Host, noRandom } from '@polytask/core';
import { type BertSpec, type MlmParams, maskedLanguageModel, mlmTask } from '@polytask/encoders';
import { compile, type Device } from '@polytask/engine';
import type { AnyModel, Batch } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';

/** How well hidden tokens were guessed. */
export type Guesses = {
  /** Nats per hidden token. */
  readonly loss: number;
  /** e^loss: as uncertain as a choice among so many equal ones. */
  readonly perplexity: number;
  /** The share of hidden tokens that were guessed first. */
  readonly accuracy: number;
  /** Hidden tokens. */
  readonly tokens: number;
};

type Batched = { readonly inputs: unknown; readonly targets: { readonly tokens: { readonly labels: tf.Tensor } } };

/** The model that guesses, beginning with these parameters, and the program that judges it. */
export function guessing(spec: BertSpec, params: Host<MlmParams>, device: Device) {
  const layer = maskedLanguageModel(spec);
  const model = defineModel({
    encoder: { ...layer, init: () => ({ params, outputShape: [spec.tokens] }) },
    inputShape: [spec.maxLength],
    tasks: { tokens: mlmTask() },
  }) as AnyModel & { readonly tasks: readonly 'tokens'[] };
  const judge = compile(
    (own: unknown, { inputs, targets }: Batched) => {
      const how = context('infer', noRandom);
      const logits = model.represent(own as never, inputs, how) as tf.Tensor;
      const { labels } = targets.tokens;
      const { sum, count } = mlmTask().loss(logits, { labels });
      const right = tf.equal(tf.argMax(logits, 1), labels); // −1, an unused place, is never right
      return { sum, count, right: tf.sum(tf.cast(right, 'float32')) };
    },
    { device },
  );
  return { model, judge, dispose: () => judge[Symbol.asyncDispose]() };
}

export async function judgeGuesses(
  judge: ReturnType<typeof guessing>['judge'],
  params: unknown,
  batches: readonly Batch<'tokens'>[],
): Promise<Guesses> {
  let [sum, tokens, right] = [0, 0, 0];
  for (const { inputs, targets } of batches) {
    const found = await judge.run(params, { inputs, targets } as never);
    sum += (found.sum as HostTensor).data[0]!;
    tokens += (found.count as HostTensor).data[0]!;
    right += (found.right as HostTensor).data[0]!;
  }
  const loss = sum / Math.max(1, tokens);
  return { loss, perplexity: Math.exp(loss), accuracy: right / Math.max(1, tokens), tokens };
}
