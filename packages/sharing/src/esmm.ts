import { quote } from '@polytask/base';
import type { NoParams, OutputSharing } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

export type EsmmOptions = {
  /** The task of the first step, such as a click: logit a [batch, 1], or the logits of two classes, [batch, 2], whose difference it then is. */
  readonly first: string;
  /** The task of both steps, such as a click that ends in a purchase; its head gives the logit c of the second step, given the first. */
  readonly both: string;
  /** Of two classes, which says that the step was taken. Default: the second, 1, of either task. */
  readonly yes?: { readonly first?: 0 | 1; readonly both?: 0 | 1 };
};

/**
 * The entire-space model: P(both) = P(first) · P(second | first) = σ(a)·σ(c), learned on all examples, not only on those with the first step.
 *
 * Turns the output of `both` from c into the logit of the product, log(p / (1 − p)) with log p = log σ(a) + log σ(c), of two classes into that and 0; the
 * other outputs stay.
 * So P(both) ≤ P(first). Observes `second`, σ(c).
 *
 * @throws RangeError unless both are tasks, different ones, with one output or two classes each.
 *
 * Ma, Zhao, Huang, Wang, Hu, Zhu & Gai, "Entire Space Multi-Task Model", SIGIR 2018.
 */
export function esmm({ first, both, yes = {} }: EsmmOptions): OutputSharing<NoParams> {
  if (first === both) throw new RangeError(`esmm: expected two different tasks. Found ${quote(first)} twice.`);
  return {
    init(_, shapes) {
      for (const task of [first, both]) {
        const shape = shapes[task];
        if (shape?.length === 1 && (shape[0] === 1 || shape[0] === 2)) continue;
        throw new RangeError(
          `esmm: expected the task ${quote(task)} with one output, or two classes. Found ${quote(shape ?? Object.keys(shapes))}.`,
        );
      }
      return { params: {} };
    },
    apply(_, outputs, context) {
      const [a, c] = [logitOf(outputs[first]!, yes.first), logitOf(outputs[both]!, yes.both)];
      context.record.observe('second', tf.sigmoid(c));
      const logProduct = tf.add(tf.logSigmoid(a), tf.logSigmoid(c));
      const logOther = tf.log(tf.neg(tf.expm1(tf.minimum(logProduct, -1e-6)))); // log(1 − p), finite where p rounds to 1
      const logit = tf.sub(logProduct, logOther);
      return { ...outputs, [both]: outputs[both]!.shape[1] === 1 ? logit : asClasses(logit, yes.both) };
    },
  };
}

/** log(p / (1 − p)) of the class that says yes, [batch, 1]. */
function logitOf(output: tf.Tensor, yes: 0 | 1 = 1): tf.Tensor {
  if (output.shape[1] === 1) return output;
  const [no, other] = tf.split(output, 2, 1) as [tf.Tensor, tf.Tensor];
  return yes === 1 ? tf.sub(other, no) : tf.sub(no, other);
}

const asClasses = (logit: tf.Tensor, yes: 0 | 1 = 1): tf.Tensor =>
  tf.concat(yes === 1 ? [tf.zerosLike(logit), logit] : [logit, tf.zerosLike(logit)], 1);
