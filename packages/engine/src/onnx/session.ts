import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** The parts of onnxruntime-node and onnxruntime-web that are used, which are the same. */
export type Runtime = { InferenceSession: typeof InferenceSession; Tensor: typeof Tensor };

export type OnnxOptions = {
  readonly name: string;
  readonly description: string;
  readonly runtime: Runtime;
  readonly threads: number;
  readonly fillsOutputs: boolean;
  readonly profile?: string;
};

/** How sessions are made. */
export const sessionOptions = ({ threads, profile }: OnnxOptions): InferenceSession.SessionOptions => ({
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
});
