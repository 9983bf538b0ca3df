import { type Key, PolytaskError } from '@polytask/base';
import type { AnyModel, HostTree } from '@polytask/train';

/** A model's first parameters. @throws PolytaskError usage E1212 when memory has no room for them, E1215 when its parts do not fit together. */
export function initParams(model: AnyModel, key: Key): HostTree {
  try {
    return model.init(key) as HostTree;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // What V8 says of arrays that are too long, or longer than what is free; all else is said by layers.
    if (!/array (buffer allocation|length)/i.test(error.message)) {
      const message = `The parts of the model do not fit together: ${error.message}`;
      throw new PolytaskError('usage', { code: 'E1215', path: 'inputs', message }, { cause: error });
    }
    const problem = {
      code: 'E1212',
      path: 'inputs',
      message: `The model's parameters do not fit into memory (${error.message}).`,
      fix: "Lower the encoder's sizes, such as buckets, vocabulary or width.",
    };
    throw new PolytaskError('usage', problem, { cause: error });
  }
}
