import type { HostTensor, TypedArray } from '@polytask/base';
import type { Graph, RandomDraw, Value } from './graph.ts';
import type { Resident } from './resident.ts';

export type Feed = HostTensor | Resident;

/** What a run needs from the host. */
export type Inputs = {
  /** The argument at a path such as `0.encoder.kernel`. */
  argument(path: string): Feed;
  /** Arguments whose memory the results may take. */
  isDonated(path: string): boolean;
  /** Fills `target` with the draw's numbers. */
  draw(draw: RandomDraw, target: TypedArray): void;
  /** Answers hand-over number `index`, given what it hands over. */
  answer(index: number, outputs: ReadonlyMap<string, HostTensor>): Promise<HostTensor>;
  /** Outputs that stay on the device. */
  isResident(path: string): boolean;
};

/** A graph made ready to run on one device for one set of shapes. */
export interface Executable {
  run(inputs: Inputs): Promise<Map<string, HostTensor | Resident>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A program whose arguments have axes of any size, to be traced at sizes of one's choice. */
export type DynamicProgram = {
  /** The names of an argument's leading axes, by path; null where an axis has one size. */
  readonly axes: ReadonlyMap<string, readonly (string | null)[]>;
  /** The arguments of the first run. */
  readonly given: ReadonlyMap<string, Feed>;
  trace(sizes: Readonly<Record<string, number>>, sites?: boolean): Graph;
};

export type DeviceInfo = { readonly name: string; readonly description: string };

/** Where programs run. */
export interface Device extends DeviceInfo {
  load(graph: Graph): Promise<Executable>;
  /** One executable for all sizes; a device without it compiles programs for each size. */
  loadDynamic?(program: DynamicProgram): Promise<Executable>;
  /** Whether it wants each call of a graph to remember the line that made it. */
  readonly sites?: boolean;
  /** How many buffers the device holds for results to come. */
  buffers?(): number;
}

export type { Graph, Value };
