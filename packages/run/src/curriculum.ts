import { curriculumShare, easiestExamples, type PoolSampler } from '@polytask/data';
import type { LabelledBatch } from '@polytask/train';
import { type EncodedExamples, labelOf, singleBatches } from './batches.ts';
import type { RunConfig } from './config/schema.ts';
import type { KnownLabels } from './labels.ts';
import type { Parts, Specs } from './specs.ts';

type CurriculumConfig = Extract<RunConfig['sampling'], { type: 'curriculum' }>;

/** Which examples take part in the next epoch, by their losses. */
export type Curriculum = {
  /**
   * The examples that the losses of are needed to choose from for an epoch, each as a batch of its own; undefined where all take part: in the
   * first epoch, for losses of an untrained model say nothing, and when the share has come to 1.
   */
  scored(epoch: number): AsyncIterable<LabelledBatch> | undefined;
  /** The places of those that take part, by the losses of `scored`; NaN, no label, counts as easy. */
  choose(epoch: number, losses: ArrayLike<number>): Uint32Array;
};

export type CurriculumOptions = {
  readonly config: CurriculumConfig;
  readonly parts: Parts;
  readonly specs: Specs;
  readonly data: EncodedExamples;
  readonly buckets: readonly number[];
  readonly known: KnownLabels;
  /** The places in `data` of what may train in an epoch. */
  readonly trainIn: (epoch: number) => Uint32Array;
};

export function curriculumOf({ config, trainIn, data, ...making }: CurriculumOptions): Curriculum {
  const { start, epochs, pacing, stages, within } = config;
  const shareIn = (epoch: number) => curriculumShare(epoch - 1, { start, rounds: epochs, pacing, stages });
  const strataOf = (places: Uint32Array): number[] | undefined => {
    if (within === undefined) return undefined;
    const numbers = new Map<string | null, number>();
    return Array.from(places, (place) => {
      const label = labelOf(data.examples[place]!, within);
      if (!numbers.has(label)) numbers.set(label, numbers.size);
      return numbers.get(label)!;
    });
  };
  return {
    scored: (epoch) =>
      epoch < 1 || shareIn(epoch) >= 1 ? undefined : singleBatches({ ...making, data, places: trainIn(epoch) }),
    choose(epoch, losses) {
      const places = trainIn(epoch);
      const strata = strataOf(places);
      return easiestExamples(losses, shareIn(epoch), strata && { strata }).map((at) => places[at]!);
    },
  };
}

/** A curriculum that tells its sampler. */
export type ChosenByLoss = Pick<Curriculum, 'scored'> & {
  /** Lets as many examples take part in an epoch as the losses of `scored` say, or all; returns how many of how many. */
  choose(epoch: number, losses: ArrayLike<number> | undefined): { readonly examples: number; readonly of: number };
};

export function curriculumFor(sampler: PoolSampler<string | null>, options: CurriculumOptions): ChosenByLoss {
  const curriculum = curriculumOf(options);
  return {
    scored: curriculum.scored,
    choose(epoch, losses) {
      const all = options.trainIn(epoch).length;
      const chosen = losses && curriculum.choose(epoch, losses);
      sampler.choose(chosen ? packPlaces(chosen, options.data.examples.length) : null);
      return { examples: chosen?.length ?? all, of: all };
    },
  };
}

/** Places as text, a bit for each of `count` examples. */
export function packPlaces(places: Uint32Array, count: number): string {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const place of places) bits[place >> 3]! |= 1 << (place & 7);
  return Buffer.from(bits).toString('base64');
}

export function unpackPlaces(packed: string): Uint32Array {
  const bits = Buffer.from(packed, 'base64');
  const places: number[] = [];
  for (let place = 0; place < 8 * bits.length; place++) if (bits[place >> 3]! & (1 << (place & 7))) places.push(place);
  return Uint32Array.from(places);
}
