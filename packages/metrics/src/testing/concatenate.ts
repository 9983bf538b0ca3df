/**
 * Two batches as one: arrays one after the other, records entry by entry (an entry that only one has is kept).
 *
 * Throws a TypeError for anything else: such a metric's test says itself how its batches join.
 */
export function concatenate<Batch>(left: Batch, right: Batch): Batch {
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right] as Batch;
  if (isRecord(left) && isRecord(right)) {
    const joined = new Map<string, unknown>(Object.entries(left));
    for (const [name, value] of Object.entries(right)) {
      joined.set(name, joined.has(name) ? concatenate(joined.get(name), value) : value);
    }
    return Object.fromEntries(joined) as Batch;
  }
  throw new TypeError(`expected arrays or records of them. Found ${typeof left}. Pass "concatenate".`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
