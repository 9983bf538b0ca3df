import {
  aligned,
  type Balancer,
  cagrad,
  config,
  consistency,
  cosmos,
  dualProj,
  dwa,
  equal,
  fairgrad,
  famo,
  gls,
  gradnorm,
  gradvac,
  imtlG,
  imtlL,
  metabalance,
  mgda,
  nash,
  pbi,
  pcgrad,
  rlw,
  scaleInvariant,
  stch,
  tchebycheff,
  uncertainty,
  upgrad,
  worst,
} from '@polytask/balance';
import { descend, type Point, starts } from '../../../packages/balance/src/testing/toy.fixture.ts';
import { markdownTable, note, type Section, type Settings } from './markdown.ts';

/** No loss of the toy problem falls below. */
const bound = -21;
const bounds = [bound, bound];

// biome-ignore lint/suspicious/noExplicitAny: states of all methods
const methods: readonly Balancer<any>[] = [
  equal(),
  rlw(),
  uncertainty(),
  imtlL(),
  dwa(),
  gls(),
  scaleInvariant(),
  famo({ lowerBounds: bounds, decay: 0 }),
  worst(),
  tchebycheff({ ideal: bounds }),
  stch({ ideal: bounds }),
  pbi({ ideal: bounds }),
  cosmos(),
  consistency(),
  mgda(),
  pcgrad(),
  gradvac(),
  cagrad(),
  imtlG(),
  nash(),
  fairgrad(),
  aligned(),
  upgrad(),
  dualProj(),
  config(),
  gradnorm(),
  metabalance(),
];

/** Two losses of two parameters, from five starts, and from the same starts with the first loss scaled by 0.1. */
export const toyProblem: Section = { name: 'toy', measure };

async function measure({ quick }: Settings): Promise<string[]> {
  const limit = quick ? 3000 : 75_000;
  const rows = methods.map((balancer) => {
    note(balancer.name);
    const cell = (start: Point, scale: number) => {
      const { steps, degenerate } = descend(balancer, start, limit, scale);
      if (steps !== null) return steps.toLocaleString('en-US');
      // a method that was not itself for half of the way has not been tried
      return degenerate > limit / 2 ? 'undefined' : 'no';
    };
    const plain = starts.map((start) => cell(start, 1));
    const scaled = starts.map((start) => cell(start, 0.1));
    const isSame = plain.every((steps, at) => steps === scaled[at]);
    return [balancer.name, ...plain, isSame ? 'the same' : scaled.join(' · ')];
  });
  return [
    `Steps of Adam (learning rate 0.001, float64) until the point is within 0.1 of the Pareto set; “no”: not within ${limit.toLocaleString('en-US')}; “undefined”: losses`,
    `that the method has no formula for, below 0, for more than half of them. Methods with lower bounds or ideals know ${bound} for both losses, at either scale.`,
    '',
    ...markdownTable(['method', ...starts.map(([x, y]) => `(${x}, ${y})`), 'first loss × 0.1'], rows),
  ];
}
