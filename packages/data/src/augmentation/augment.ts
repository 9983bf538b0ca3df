import { fold, type Key, PolytaskError, quote, words } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import type { Augmentation } from './augmentation.ts';
import { share, within } from './options.ts';
import { checkReads, requireSafe, type TaskReads, unsafeTasks } from './safety.ts';

/** An augmentation and when it is applied. */
export type AugmentationStep<Value> = {
  readonly augmentation: Augmentation<Value>;
  /** The share of examples that it is applied to. Default: 1. */
  readonly probability?: number;
  /** Examples with a label of one of these tasks are left as they are. */
  readonly unsafeFor?: readonly string[];
};

export type AugmentOptions = {
  /** What each task reads off the input; tasks that are not named take any change. */
  readonly tasks?: TaskReads;
  /** When an augmentation touches what a task reads: an error, or examples with a label of that task are left alone. Default: refuse. */
  readonly unsafe?: 'refuse' | 'skip';
};

/** Which example it is. */
export type ExampleIdentity = {
  readonly id: string;
  /** The tasks that the example has labels of. When left out, it counts as having labels of all. */
  readonly labelled?: readonly string[];
};

export interface Augmenter<Value> {
  /** The steps in their order, as JSON; `unsafeFor` has all tasks that are kept out of it. */
  readonly steps: readonly {
    readonly name: string;
    readonly options: Readonly<Record<string, JsonValue>>;
    readonly probability: number;
    readonly unsafeFor: readonly string[];
  }[];
  /**
   * The example changed by every step that its turn comes to. Depends on value, key and id alone, not on what came before; for new changes in
   * every epoch, fold the epoch into the key.
   *
   * @throws PolytaskError data E2471 when a step cannot work on the value, naming example and augmentation.
   */
  apply(value: Value, key: Key, example: ExampleIdentity): Value;
  /** The value changed by one step alone, as if its turn had come: for previews. Null when the step is unsafe for the example. */
  applyStep(at: number, value: Value, key: Key, example: ExampleIdentity): Value | null;
}

/**
 * Augmentations one after the other, each with a key of its own: fold(fold(key, id), its place).
 *
 * @throws RangeError when a probability is not in [0, 1]. @throws PolytaskError usage E2470 naming task and augmentation when one touches
 * what a task reads and `unsafe` is not `skip`.
 */
export function augment<Value>(
  given: readonly (Augmentation<Value> | AugmentationStep<Value>)[],
  { tasks = {}, unsafe = 'refuse' }: AugmentOptions = {},
): Augmenter<Value> {
  const steps = given.map((one) => {
    const { augmentation, probability = 1, unsafeFor = [] } = 'augmentation' in one ? one : { augmentation: one };
    within(`${augmentation.name}.probability`, probability, 0, 1);
    return { augmentation, probability, unsafeFor };
  });
  checkReads(tasks);
  requireSafe(
    steps.map(({ augmentation: { name, touches }, unsafeFor }) => ({ name, touches, unsafeFor })),
    unsafe === 'skip' ? {} : tasks,
  );
  const kept = steps.map(({ augmentation, unsafeFor, ...rest }) => ({
    augmentation,
    ...rest,
    unsafeFor: [...new Set([...unsafeFor, ...unsafeTasks(augmentation, tasks)])],
  }));
  const isSafe = ({ unsafeFor }: { unsafeFor: readonly string[] }, { labelled }: ExampleIdentity) =>
    labelled === undefined ? unsafeFor.length === 0 : labelled.every((task) => !unsafeFor.includes(task));
  const applied = (augmentation: Augmentation<Value>, value: Value, key: Key, id: string): Value => {
    try {
      return augmentation.apply(value, fold(key, 'how'));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = `The example ${quote(id)} cannot be augmented by ${augmentation.name}: ${error.message}`;
      throw new PolytaskError('data', { code: 'E2471', message }, { cause: error });
    }
  };
  return {
    steps: kept.map(({ augmentation: { name, options }, probability, unsafeFor }) => ({
      name,
      options,
      probability,
      unsafeFor,
    })),
    apply(value, key, example) {
      const own = fold(key, example.id);
      return kept.reduce((current, step, at) => {
        if (!isSafe(step, example)) return current;
        const place = fold(own, at);
        if (step.probability < 1 && share(words(fold(place, 'whether'))) >= step.probability) return current;
        return applied(step.augmentation, current, place, example.id);
      }, value);
    },
    applyStep(at, value, key, example) {
      const step = kept[at];
      if (!step) throw new RangeError(`at: expected a step from 0 to ${kept.length - 1}. Found ${at}.`);
      return isSafe(step, example)
        ? applied(step.augmentation, value, fold(fold(key, example.id), at), example.id)
        : null;
    },
  };
}
