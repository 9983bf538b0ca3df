import { PolytaskError, quote } from '@polytask/base';
import { type Detection, intersectionOverUnion, type TrueBox } from '@polytask/metrics';
import { readWritten } from './written.ts';

/**
 * The boxes of an image: a list of { x, y, width, height, label } or the same as JSON or as Python prints it; `difficult` and `crowd` may stand beside.
 *
 * @throws PolytaskError E2342 for anything else, a size that is not positive among it.
 */
export function readBoxes(given: unknown): readonly TrueBox[] {
  const list = typeof given === 'string' ? readWritten(given) : given;
  if (!Array.isArray(list)) throw broken('a list of boxes', given);
  return list.map((box: unknown) => {
    if (typeof box !== 'object' || box === null) throw broken('a box { x, y, width, height, label }', box);
    const { x, y, width, height, label, difficult, crowd } = box as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries({ x, y, width, height }))
      if (typeof value !== 'number' || !Number.isFinite(value)) throw broken(`a number for ${name}`, value);
    for (const [name, value] of Object.entries({ width, height }))
      if (!((value as number) > 0)) throw broken(`a positive ${name}`, value);
    if ((typeof label !== 'string' && typeof label !== 'number') || label === '') throw broken('a label', label);
    return {
      ...({ x, y, width, height } as { x: number; y: number; width: number; height: number }),
      label: String(label),
      ...(difficult === true && { difficult }),
      ...(crowd === true && { crowd }),
    };
  });
}

const broken = (expected: string, found: unknown) =>
  new PolytaskError('data', { code: 'E2342', message: `Expected ${expected}. Found ${quote(found)}.` });

/**
 * Of boxes of one label that cover each other, IoU > `overlap`, the one with the highest score: greedily from the highest score on; equal scores in
 * the order given. The rest, of all labels, from the highest score on.
 *
 * @param overlap 0 to 1.
 */
export function suppressOverlaps(boxes: readonly Detection[], overlap: number): Detection[] {
  const kept: Detection[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => other.label !== box.label || intersectionOverUnion(other, box) <= overlap))
      kept.push(box);
  }
  return kept;
}
