import type { HostTensor } from '@polytask/base';
import { context, defineModel, type Host, noRandom, within } from '@polytask/core';
import {
  type BertSpec,
  halfMatching,
  halvesTask,
  type MlmInputs,
  type MlmParams,
  maskedLanguageModel,
  mlmTask,
} from '@polytask/encoders';
import { compile, type Device } from '@polytask/engine';
import type { AnyModel, Batch } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';
import type { PretrainConfig } from '../config/pretrain-schema.ts';

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
  /** How well the halves of texts were found among those of a batch, of texts of like length: nats per half, and the share found first. */
  readonly halves?: { readonly loss: number; readonly accuracy: number; readonly count: number };
};

/** What is learned in pre-training. */
export type PretrainTask = 'tokens' | 'halves';

type Inputs = MlmInputs & { readonly halves?: { readonly ids: tf.Tensor; readonly lengths: tf.Tensor } };
/** What each task judges. */
type Logits = Partial<Record<PretrainTask, tf.Tensor>>;
type Batched = {
  readonly inputs: unknown;
  readonly targets: Partial<Record<PretrainTask, { readonly labels: tf.Tensor }>>;
};

/** The model that guesses, beginning with these parameters, and the program that judges it. */
export function guessing(
  spec: BertSpec,
  params: Host<MlmParams>,
  { halves }: Pick<PretrainConfig, 'halves'>,
  device: Device,
) {
  const tokens = maskedLanguageModel(spec);
  const matching = halves && halfMatching({ ...spec, temperature: halves.temperature });
  const judged = { tokens: mlmTask(), ...(matching && { halves: halvesTask() }) };
  const encoder = {
    init: () => ({ params, outputShape: [spec.tokens] }),
    apply(own: MlmParams, inputs: Inputs, how: Parameters<typeof tokens.apply>[2]): Logits {
      const guessed = tokens.apply(own, inputs, how);
      if (!matching) return { tokens: guessed };
      return { tokens: guessed, halves: matching.apply(own.bert, inputs.halves!, within(how, 'halves')) };
    },
  };
  /** The task on its own part of what the model gives. */
  const on = (name: PretrainTask) => ({
    ...judged[name]!,
    layer: { init: () => ({ params: {}, outputShape: [] }), apply: (_: unknown, logits: Logits) => logits[name]! },
  });
  const names = Object.keys(judged) as PretrainTask[];
  const model = defineModel({
    encoder,
    inputShape: [spec.maxLength],
    tasks: Object.fromEntries(names.map((name) => [name, on(name)])) as never,
  }) as unknown as AnyModel & { readonly tasks: readonly string[] };
  const judge = compile(
    (own: unknown, { inputs, targets }: Batched) => {
      const logits = model.represent(own as never, inputs, context('infer', noRandom)) as Logits;
      return Object.fromEntries(
        names.map((name) => {
          const { labels } = targets[name]!;
          const { sum, count } = judged[name]!.loss(logits[name]!, { labels });
          const right = tf.equal(tf.argMax(logits[name]!, 1), labels); // −1, an unused place, is never right
          return [name, { sum, count, right: tf.sum(tf.cast(right, 'float32')) }];
        }),
      );
    },
    { device },
  );
  return { model, judge, dispose: () => judge[Symbol.asyncDispose]() };
}

export async function judgeGuesses(
  judge: ReturnType<typeof guessing>['judge'],
  params: unknown,
  batches: readonly Batch[],
): Promise<Guesses> {
  const totals: Partial<Record<string, { sum: number; count: number; right: number }>> = {};
  for (const { inputs, targets } of batches) {
    const found = (await judge.run(params, { inputs, targets } as never)) as Record<string, Record<string, HostTensor>>;
    for (const [name, { sum, count, right }] of Object.entries(found)) {
      totals[name] ??= { sum: 0, count: 0, right: 0 };
      totals[name].sum += sum!.data[0]!;
      totals[name].count += count!.data[0]!;
      totals[name].right += right!.data[0]!;
    }
  }
  const of = ({ sum, count, right } = { sum: 0, count: 0, right: 0 }) => ({
    loss: sum / Math.max(1, count),
    accuracy: right / Math.max(1, count),
    count,
  });
  const { count: tokens, ...guessed } = of(totals.tokens);
  return {
    ...guessed,
    perplexity: Math.exp(guessed.loss),
    tokens,
    ...(totals.halves && { halves: of(totals.halves) }),
  };
}
