import { cnn } from './cnn.ts';
import { crnn } from './crnn.ts';
import { mmoe } from './mmoe.ts';
import { resnet18 } from './resnet.ts';
import { transformer } from './transformer.ts';

/** The benchmark's models, by the names that the peer knows too. */
export const models = {
  transformer,
  bert: (options: object = {}) =>
    transformer({ batch: 8, time: 128, width: 768, heads: 12, layers: 2, tokens: 8000, ...options }),
  cnn,
  resnet18,
  mmoe,
  crnn,
};
