import type { Host } from '@polytask/core';
import type { BertLora, BertParams } from './bert-layer.ts';
import { mergedDense } from './low-rank-dense.ts';

/**
 * The parameters of a BERT encoder with its low-rank changes added to the weights: W ← W + α/r·A·B, and nothing of A and B left.
 *
 * What `saveBertFolder` should be given after training with `lora`.
 *
 * @param lora what the encoder was trained with.
 */
export function mergeLora(params: Host<BertParams>, lora: BertLora): Host<BertParams> {
  return {
    ...params,
    blocks: params.blocks.map(({ attention: { query, key, value, output }, ...block }) => ({
      ...block,
      attention: {
        query: mergedDense(query, lora),
        key: mergedDense(key, lora),
        value: mergedDense(value, lora),
        output: mergedDense(output, lora),
      },
    })),
  };
}
