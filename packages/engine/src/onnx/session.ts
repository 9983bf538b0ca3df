import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { Spec } from '../graph.ts';

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
  readonly fillsOutputs: boolean;
  readonly profile?: string;
  /** A tensor of the runtime's own for results that stay with it; in plain memory when left out. */
  readonly allocate?: (spec: Spec) => Tensor;
};

/** How sessions are made. */
export const sessionOptions = ({ threads, profile }: OnnxOptions): InferenceSession.SessionOptions => ({
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
});
