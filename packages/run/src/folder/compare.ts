import { quote } from '@polytask/base';
import type { RunConfig } from '../config/schema.ts';

/** A configuration without what may change between two sessions of one run: where its files are, which the data fingerprint covers, and what was done before. */
export function comparable(config: RunConfig): unknown {
  const { data, split, inputs, device: _device, threads: _threads, pretrain: _pretrain, ...rest } = config;
  const { source: _source, sources, ...others } = data;
  return {
    ...rest,
    data: { ...others, ...(sources && { sources: sources.map(({ tasks }) => ({ tasks })) }) },
    split: effective(split),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => {
        const {
          tokenizer: _tokenizer,
          folder: _folder,
          ...encoder
        } = input.encoder as typeof input.encoder & {
          tokenizer?: string;
          folder?: string;
        };
        return [name, { ...input, encoder }];
      }),
    ),
  };
}

/** Without paths, and without what only warns. */
function effective({ nearDuplicates, ...split }: RunConfig['split']): unknown {
  if (split.by === 'files') return { by: split.by, files: Object.keys(split.files).sort() };
  if (split.by === 'lock') return { by: split.by };
  return nearDuplicates === 'together' ? { ...split, nearDuplicates } : split;
}

/** The parts of two JSON values that differ: `train.batch: 32 → 64`. */
export function differences(before: unknown, now: unknown, path = ''): string[] {
  const [left, right] = [JSON.parse(JSON.stringify(before ?? null)), JSON.parse(JSON.stringify(now ?? null))];
  if (isObject(left) && isObject(right)) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => differences(left[key], right[key], path ? `${path}.${key}` : key));
  }
  return JSON.stringify(left) === JSON.stringify(right) ? [] : [`${path}: ${quote(left)} → ${quote(right)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
