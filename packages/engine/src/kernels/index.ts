import { convolutions } from './conv.ts';
import { depthwiseConvolutions } from './conv-depthwise.ts';
import { fusedKernels } from './conv-fused.ts';
import { created } from './create.ts';
import { elementwise } from './elementwise.ts';
import { gathers } from './gather.ts';
import type { Kernel } from './kernel.ts';
import { matmuls } from './matmul.ts';
import { paddings } from './pad.ts';
import { pools } from './pool.ts';
import { reductions } from './reduce.ts';
import { shapes } from './shape.ts';

/** Every tfjs kernel that compiles, by its tfjs name. */
export const kernels: Readonly<Record<string, Kernel>> = {
  ...convolutions,
  ...created,
  ...depthwiseConvolutions,
  ...elementwise,
  ...fusedKernels,
  ...gathers,
  ...matmuls,
  ...paddings,
  ...pools,
  ...reductions,
  ...shapes,
};
