import type { Placement } from './placement.ts';
import type { Probe } from './probe.ts';

/** One device: whether it opens here, and how it fared. */
export type DeviceFinding = {
  readonly name: string;
  readonly available: boolean;
  readonly detail: string;
  readonly probe?: Probe;
  /** For a GPU: where the operations of a training step ran. */
  readonly placement?: Placement;
  /** Why the trial failed on a device that opens. */
  readonly error?: string;
};
