import type { Key } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';

/** What an augmentation changes of an input, and what a task may read off it. A task whose labels depend on something that is changed is lied to. */
export const aspects = [
  // images
  'orientation', // which way is up
  'handedness', // left and right: text, digits, gestures
  'position',
  'scale',
  'proportions',
  'colour',
  'brightness', // and contrast
  'sharpness', // and grain
  // images, sounds and texts
  'detail', // parts may be gone
  // texts
  'wordOrder',
  'spelling',
  // sounds
  'loudness',
  'background',
  'timing', // when something happens
  'tempo',
  'pitch',
  // rows of tables
  'values',
  // of all tasks: examples that are mixed have mixed labels
  'labels',
] as const;

export type Aspect = (typeof aspects)[number];

/** A change of an input that leaves labels as they are, as far as they do not depend on what it touches. Values are never changed in place. */
export interface Augmentation<Value> {
  readonly name: string;
  /** JSON, every default filled in: what is recorded. */
  readonly options: Readonly<Record<string, JsonValue>>;
  /** All that it may change; tasks that read any of these off the input are unsafe. */
  readonly touches: readonly Aspect[];
  /**
   * A pure function: the same value and key give the same result, bit by bit.
   *
   * @throws RangeError for a value that it cannot work on.
   */
  apply(value: Value, key: Key): Value;
}
