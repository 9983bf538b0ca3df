import { callSite } from './call-site.ts';
import type { Origin, Value } from './graph.ts';

/** Where calls stand. */
export type Place = {
  readonly layers: readonly string[];
  /** `gradient`: of a known call. `backward`: between those. */
  readonly pass: 'forward' | 'backward' | 'gradient';
  /** The line of the call whose gradient is taken. */
  readonly stack?: string;
};

export const topPlace: Place = { layers: [], pass: 'forward' };

/** What a node remembers of the place of its call. */
export function originOf({ place, sites }: { place: Place; sites: boolean }, inputs: readonly Value[]): Origin {
  const { layers, pass } = place;
  // tfjs adds up gradients outside of everybody's gradient function
  const inherited = pass === 'backward' && layers.length === 0 ? latestOrigin(inputs) : undefined;
  const stack = sites ? (place.stack ?? inherited?.stack ?? callSite()) : undefined;
  return {
    layer: inherited?.layer ?? layers.join('/'),
    ...(pass !== 'forward' && { backward: true }),
    ...(stack !== undefined && { stack }),
  };
}

/** The place of the calls that compute the gradient of `results`. */
export function gradientPlace(results: readonly Value[], { layers }: Place): Place {
  const origin = latestOrigin(results);
  if (!origin) return { layers, pass: 'gradient' };
  const { layer, stack } = origin;
  return { layers: layer ? layer.split('/') : [], pass: 'gradient', ...(stack !== undefined && { stack }) };
}

/** Of the values that calls made, the last one's. */
function latestOrigin(values: readonly Value[]): Origin | undefined {
  const [latest] = values.filter(({ source }) => source.kind === 'node').sort((a, b) => b.id - a.id);
  return latest?.source.kind === 'node' ? latest.source.node.origin : undefined;
}
