import { binaries } from './binary.ts';
import { convolutions } from './conv.ts';
import { depthwiseConvolutions } from './conv-depthwise.ts';
import { fusedKernels } from './conv-fused.ts';
import { volumeConvolutions } from './conv3d.ts';
import { created } from './create.ts';
import { dilations } from './dilation.ts';
import { einsums } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { epilogues } from './epilogue.ts';
import { gathers } from './gather.ts';
import { imageKernels } from './image.ts';
import type { Kernel } from './kernel.ts';
import { matmuls } from './matmul.ts';
import { normalizations } from './normalize.ts';
import { paddings } from './pad.ts';
import { pools } from './pool.ts';
import { volumePools } from './pool3d.ts';
import { reductions } from './reduce.ts';
import { resizes } from './resize.ts';
import { scatters } from './scatter.ts';
import { shapes } from './shape.ts';
import { sorts } from './sort.ts';
import { spaces } from './space.ts';

/** Every tfjs kernel that compiles, by its tfjs name. */
export const kernels: Readonly<Record<string, Kernel>> = {
  ...binaries,
  ...convolutions,
  ...created,
  ...depthwiseConvolutions,
  ...dilations,
  ...einsums,
  ...elementwise,
  ...epilogues,
  ...fusedKernels,
  ...gathers,
  ...imageKernels,
  ...matmuls,
  ...normalizations,
  ...paddings,
  ...pools,
  ...reductions,
  ...resizes,
  ...scatters,
  ...shapes,
  ...sorts,
  ...spaces,
  ...volumeConvolutions,
  ...volumePools,
};
