import { elementwise } from './elementwise.ts';
import { gathers } from './gather.ts';
import type { Kernel } from './kernel.ts';
import { matmuls } from './matmul.ts';
import { reductions } from './reduce.ts';
import { shapes } from './shape.ts';

/** Every tfjs kernel that compiles, by its tfjs name. */
export const kernels: Readonly<Record<string, Kernel>> = { ...elementwise, ...gathers, ...matmuls, ...reductions, ...shapes };
