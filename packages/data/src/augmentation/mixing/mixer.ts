import type { Key } from '@polytask/base';
import type { JsonValue } from '../../sources/types.ts';
import type { Aspect } from '../augmentation.ts';

/** A change of an example by another one. Labels change with it: `softLabel` mixes them by the same share. */
export interface Mixer<Value> {
  readonly name: string;
  readonly options: Readonly<Record<string, JsonValue>>;
  /** Has `labels`: no task keeps its labels as they are. */
  readonly touches: readonly Aspect[];
  /**
   * @returns the mixed value, and the exact share of the first in it.
   * @throws RangeError for values that do not go together.
   */
  mix(first: Value, second: Value, key: Key): { readonly value: Value; readonly share: number };
}
