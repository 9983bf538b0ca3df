import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { Spec } from '../graph.ts';
import type { TailMemory } from '../tail/tail-memory.ts';

export type Session = {
  /** `fetches` are tensors to fill, or null where the runtime makes one. */
  run(
    feeds: Record<string, Tensor>,
    fetches?: Record<string, Tensor | null>,
  ): Promise<Readonly<Record<string, Tensor>>>;
  endProfiling(): void;
  release(): Promise<void>;
};

/** The parts of onnxruntime-node and onnxruntime-web that are used, which are the same. */
export type Runtime = {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<Session>;
  };
  readonly Tensor: typeof Tensor;
};

export type OnnxOptions = {
  readonly name: string;
  readonly description: string;
  readonly runtime: Runtime;
  readonly threads: number;
  /** ONNX Runtime's execution providers, best first. Default: the processor's, which every list ends with. */
  readonly providers?: readonly string[];
  readonly fillsOutputs: boolean;
  /** Whether to ask the runtime for its blocked convolutions, which native builds for the processor have. */
  readonly blockedConvolutions?: boolean;
  /** Memory in which WebAssembly computes what follows the runtime; it must read and write tensors where they lie. */
  readonly tails?: TailMemory;
  /** How many parts a split may have, where the provider has a limit. */
  readonly widestSplit?: number;
  readonly profile?: string;
  /** A tensor of the runtime's own for results that stay with it; in plain memory when left out. */
  readonly allocate?: (spec: Spec) => Tensor;
};

export type SessionPlan = {
  /**
   * Whether others of the same program run before and after it: then its threads, which wait for work by turning, must stop at the end of a
   * run, or they take the processor from the next.
   */
  readonly isPart?: boolean;
  /** Bytes of all that it computes on the way, where that is known. */
  readonly bytes?: number;
};

/**
 * From its second run on, a session takes its memory as one block, laid out as the first run needed it. That saves a fraction of a
 * microsecond for each operation, and costs memory twice: what the first run took in pieces stays with the arena and is of no use for the
 * block, nor are blocks of other sessions that are smaller. So it is for sessions that write less than this.
 */
const mostInOneBlock = 32 * 2 ** 20;

/** How sessions are made. */
export const sessionOptions = (
  { threads, providers = ['cpu'], profile }: OnnxOptions,
  { isPart = false, bytes = 0 }: SessionPlan = {},
): InferenceSession.SessionOptions => ({
  executionProviders: [...providers],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  // on a GPU, memory is the provider's business
  ...(providers[0] === 'cpu' && bytes > mostInOneBlock && { enableMemPattern: false }),
  ...(isPart && { extra: { session: { force_spinning_stop: '1' } } }),
  // A warning that some operations stay on the processor would go to stderr with each session.
  ...(providers[0] !== 'cpu' && { logSeverityLevel: 3 }),
  ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
});
