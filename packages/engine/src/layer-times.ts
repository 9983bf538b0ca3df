import { backwardMark } from './graph.ts';

/** How long the operations of a layer took. */
export type LayerTime = {
  /** Its path, such as `encoder/blocks.0/attention`; empty for what stands in no layer. */
  readonly layer: string;
  readonly forwardMs: number;
  /** Of the gradient of the layer's results. */
  readonly backwardMs: number;
  /** How many operations ran. */
  readonly calls: number;
};

export type LayerTimesOptions = {
  /** Sums up layers whose paths begin with the same so many names. Default: all layers on their own. */
  readonly depth?: number;
};

/** What is read of an event of a profile: times in µs. */
type ProfileEvent = {
  readonly cat?: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
};

/**
 * Sums up ONNX Runtime's profiles, one per session, by the layers of the model; the longest first.
 *
 * An operation with a body, such as a loop, counts without what its body's operations count. Operations that the runtime joins count in
 * the layer of one of them.
 *
 * @param profiles texts of the files that a device opened with `profile` writes when its programs are disposed.
 * @throws SyntaxError for what is not JSON.
 */
export function layerTimes(
  profiles: Iterable<string>,
  { depth = Number.POSITIVE_INFINITY }: LayerTimesOptions = {},
): LayerTime[] {
  const rows = new Map<string, { layer: string; forwardMs: number; backwardMs: number; calls: number }>();
  for (const text of profiles) {
    for (const [{ name }, microseconds] of ownTimes(JSON.parse(text) as ProfileEvent[])) {
      const place = placeIn(name);
      const layer = place.layers.slice(0, depth).join('/');
      const row = rows.get(layer) ?? { layer, forwardMs: 0, backwardMs: 0, calls: 0 };
      rows.set(layer, row);
      row[place.isBackward ? 'backwardMs' : 'forwardMs'] += microseconds / 1000;
      row.calls++;
    }
  }
  const total = ({ forwardMs, backwardMs }: LayerTime) => forwardMs + backwardMs;
  return [...rows.values()].sort((a, b) => total(b) - total(a));
}

const suffix = '_kernel_time';

/** The operations, each with its time but for that of the operations inside it. */
function ownTimes(events: readonly ProfileEvent[]): Map<ProfileEvent, number> {
  const operations = events
    .filter(({ cat, name }) => cat === 'Node' && name.endsWith(suffix))
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const times = new Map<ProfileEvent, number>();
  const open: ProfileEvent[] = [];
  for (const event of operations) {
    while (open.length > 0 && open.at(-1)!.ts + open.at(-1)!.dur < event.ts + event.dur) open.pop();
    const around = open.at(-1);
    if (around) times.set(around, Math.max(0, times.get(around)! - event.dur));
    times.set(event, event.dur);
    open.push(event);
  }
  return times;
}

/** Reads `encoder/bag/(backward)/MatMul#12`, to which the runtime may have added something. */
function placeIn(name: string): { layers: string[]; isBackward: boolean } {
  const [, path = ''] = /^(?:fused )?(.*?)#\d+/.exec(name) ?? [];
  const parts = path.split('/').slice(0, -1);
  const isBackward = parts.at(-1) === backwardMark;
  return { layers: isBackward ? parts.slice(0, -1) : parts, isBackward };
}
