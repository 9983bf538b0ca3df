import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { names } from './files.ts';
import { openLog } from './log.ts';

// Times stand in a file of their own: the metrics log of a resumed run is then that of one without interruption, byte for byte.
type Lap = {
  readonly session: number;
  readonly step: number;
  readonly seconds: number;
  /** How long steps have waited for their batches; absent in older files. */
  readonly waitedSeconds?: number;
  readonly peakMemory: number;
};

export interface Stopwatch extends Disposable {
  readonly peakMemory: number;
  /** Counts a step, and tells the pace of this session. The first step, in which programs are compiled, does not count towards it. */
  step(
    examples: number,
    stepsLeft: number,
    waitedMs: number,
  ): { readonly examplesPerSecond: number; readonly secondsLeft: number };
  /** Writes down where the time is. */
  lap(step: number): void;
}

/** Measures a session of a run. */
export function stopwatch(folder: string, from: number): Stopwatch {
  const path = join(folder, names.timings);
  const before = from > 0 ? readLaps(path) : { laps: [], length: 0 };
  const log = openLog(path, before.length);
  const session = (before.laps.at(-1)?.session ?? -1) + 1;
  const start = performance.now();
  let warm = start;
  let [steps, seen, waited, peakMemory] = [0, 0, 0, 0];
  return {
    get peakMemory() {
      return peakMemory;
    },
    step(examples, stepsLeft, waitedMs) {
      waited += waitedMs;
      peakMemory = Math.max(peakMemory, process.memoryUsage.rss());
      const now = performance.now();
      if (steps === 0) warm = now;
      else seen += examples;
      steps++;
      const seconds = (now - (steps === 1 ? start : warm)) / 1000;
      const counted = Math.max(1, steps - 1);
      return {
        examplesPerSecond: Math.round((steps === 1 ? examples : seen) / Math.max(seconds, 1e-6)),
        secondsLeft: (seconds / counted) * stepsLeft,
      };
    },
    lap: (step) =>
      log.write({
        session,
        step,
        seconds: Math.round(performance.now() - start) / 1000,
        waitedSeconds: Math.round(waited) / 1000,
        peakMemory,
      } satisfies Lap),
    [Symbol.dispose]: () => log[Symbol.dispose](),
  };
}

/** The time of all sessions together, as far as it was written down, and the largest memory. */
export function readTimings(folder: string): {
  readonly seconds: number;
  readonly waitedSeconds: number;
  readonly peakMemory: number;
} {
  const { laps } = readLaps(join(folder, names.timings));
  const sessions = [...new Map(laps.map((lap) => [lap.session, lap])).values()]; // the last lap of each
  return {
    seconds: sessions.reduce((sum, { seconds }) => sum + seconds, 0),
    waitedSeconds: sessions.reduce((sum, { waitedSeconds = 0 }) => sum + waitedSeconds, 0),
    peakMemory: laps.reduce((most, lap) => Math.max(most, lap.peakMemory), 0),
  };
}

/** The whole lines: a killed process may leave half a line. */
function readLaps(path: string): { laps: Lap[]; length: number } {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return {
    laps: whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Lap),
    length: Buffer.byteLength(whole),
  };
}
