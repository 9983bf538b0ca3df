import { type Key, PolytaskError } from '@polytask/base';
import type { AnyModel, HostTree } from '@polytask/train';

/** A model's first parameters. @throws PolytaskError E1212 when memory has no room for them. */
export function initParams(model: AnyModel, key: Key): HostTree {
  try {
    return model.init(key) as HostTree;
  } catch (error) {
    // What V8 says of arrays that are too long, or longer than what is free.
    if (!(error instanceof RangeError) || !/array (buffer allocation|length)/i.test(error.message)) throw error;
    const problem = {
      code: 'E1212',
      path: 'inputs',
      message: `The model's parameters do not fit into memory (${error.message}).`,
      fix: "Lower the encoder's sizes, such as buckets, vocabulary or width.",
    };
    throw new PolytaskError('usage', problem, { cause: error });
  }
}
