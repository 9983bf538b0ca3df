import type { Slots, Transformation } from './transformation.ts';

/** One transformation after the other: each gets the updates of the one before it. */
export function chain(...parts: readonly Transformation[]): Transformation {
  const scope = <Value>(index: number, slots: Slots<Value>) =>
    Object.fromEntries(Object.entries(slots).map(([name, slot]) => [`${index}.${name}`, slot]));
  const own = <Value>(index: number, slots: Slots<Value>) =>
    Object.fromEntries(
      Object.entries(slots)
        .filter(([name]) => name.startsWith(`${index}.`))
        .map(([name, slot]) => [name.slice(`${index}.`.length), slot]),
    );
  const lazyParts = parts.flatMap(({ lazy }) => (lazy ? [lazy] : []));
  return {
    ...(lazyParts.length > 0 && { lazy: (path: string) => lazyParts.some((lazy) => lazy(path)) }),
    ...(parts.some(({ usesStep }) => usesStep) && { usesStep: true }),
    init: (params) => Object.assign({}, ...parts.map((part, index) => scope(index, part.init(params)))),
    update: (updates, state, info) => {
      let current = updates;
      let next: Slots = {};
      for (const [index, part] of parts.entries()) {
        const result = part.update(current, own(index, state), info);
        current = result.updates;
        next = { ...next, ...scope(index, result.state) };
      }
      return { updates: current, state: next };
    },
  };
}
