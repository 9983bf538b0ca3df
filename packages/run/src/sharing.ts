import {
  type AnyLayer,
  dense,
  dropout as dropoutLayer,
  type HeadTies,
  heNormal,
  type OutputSharing,
  type Sharing,
  sequential,
} from '@polytask/core';
import {
  adapters,
  cgc,
  crossStitch,
  eachStep,
  esmm,
  film,
  hard,
  lora,
  mmoe,
  mtan,
  omoe,
  outputAttention,
  ple,
  pulledHeads,
  soft,
  taskAttention,
} from '@polytask/sharing';
import { grouped, pulledTogether, readsOutputs } from '@polytask/tasks';
import { eachOf } from './config/expand-each.ts';
import type { RunConfig, SharingConfig } from './config/schema.ts';
import { yesOf } from './relations.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: parameters are each way's own business
type AnySharing = Sharing<any, any>;
type AnyOutputSharing = OutputSharing<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: see above

export type SharingParts = {
  readonly relations?: RunConfig['relations'];
  /** What the heads were fitted to; without it nothing that goes by their classes. */
  readonly heads?: Readonly<Record<string, unknown>>;
  /** The channels of each level of the representation, where it has several. */
  readonly levels?: readonly number[] | undefined;
};

/** What lies between the encoder and the heads, and behind the heads; nothing where tasks just share the encoder. */
export function sharingFor(
  config: SharingConfig,
  { relations, heads, levels }: SharingParts = {},
): { sharing?: AnySharing; outputs?: AnyOutputSharing } {
  const sharing = between(config, levels);
  const { reads, gradient = 'flows' } = relations ?? {};
  const coupled: AnyOutputSharing | undefined = config.outputs
    ? outputAttention()
    : reads && readsOutputs(reads, { gradient });
  const pulled = relations?.correlated && pulledTogether(relations.correlated);
  const entire = relations?.esmm && heads && esmm({ ...relations.esmm, yes: yesOf(relations.esmm, heads) });
  const all = [coupled, entire, pulled].filter((one) => one !== undefined);
  const outputs = all.length === 0 ? undefined : all.reduce(oneAfterTheOther);
  return { ...(sharing && { sharing }), ...(outputs && { outputs }) };
}

/**
 * What pulls the heads of families together; nothing where there are none. λ is `pull` over the labels that a task has on average, since the losses of
 * tasks are means.
 */
export function tiesFor(
  tasks: RunConfig['tasks'],
  labels: Readonly<Record<string, number>> = {},
): HeadTies | undefined {
  const families = new Map<string, { tasks: string[]; strength: number }>();
  for (const [task, config] of Object.entries(tasks)) {
    const each = eachOf(config);
    if (!each || each.pull === 0) continue;
    const family = families.get(each.of) ?? { tasks: [], strength: each.pull / Math.max(1, labels[each.of] ?? 1) };
    family.tasks.push(task);
    families.set(each.of, family);
  }
  if (families.size === 0) return undefined;
  return pulledHeads(Array.from(families, ([name, family]) => ({ name, ...family })));
}

/** The second sees what the first makes of the outputs, and has no parameters. */
const oneAfterTheOther = (first: AnyOutputSharing, second: AnyOutputSharing): AnyOutputSharing => ({
  init(key, shapes) {
    second.init(key, shapes);
    return first.init(key, shapes);
  },
  apply: (params, outputs, context) => second.apply({}, first.apply(params, outputs, context), context),
});

/** Whether a way of sharing looks at the maps of the encoder's blocks, so that the encoder has to give them. */
export const masksMaps = (sharing: SharingConfig, encoder: string): boolean =>
  sharing.type === 'mtan' && sharing.hidden === undefined && (encoder === 'cnn' || encoder === 'resnet');

function between(config: SharingConfig, levels: SharingParts['levels']): AnySharing | undefined {
  switch (config.type) {
    case 'hard':
      return config.hidden && hard({ tower: tower(config.hidden, config.dropout) });
    case 'grouped':
      return grouped({ groups: config.groups, tower: tower(config.hidden, config.dropout) });
    case 'soft':
      return soft(given({ tower: tower(config.hidden, config.dropout), strength: config.strength }));
    case 'crossStitch':
      return crossStitch(given({ stages: stages(config.hidden), own: config.own, perChannel: config.perChannel }));
    case 'mmoe':
      return mmoe({ expert: tower(config.hidden, config.dropout), experts: config.experts });
    case 'omoe':
      return omoe({ expert: tower(config.hidden, config.dropout), experts: config.experts });
    case 'cgc':
      return cgc({
        expert: tower(config.hidden, config.dropout),
        shared: config.shared,
        specific: config.specific,
      });
    case 'ple':
      return ple({ levels: stages(config.hidden), shared: config.shared, specific: config.specific });
    case 'mtan':
      return mtan({
        ...(levels ? { levels } : { stages: stages(config.hidden ?? [64, 64]) }),
        ...given({ batchNorm: config.batchNorm }),
      });
    case 'film':
      return film(given({ width: config.width }));
    case 'adapters':
      return adapters(given({ width: config.width }));
    case 'lora': {
      const { units, rank, alpha, frozen } = config;
      return lora(given({ units, rank, alpha, frozen }));
    }
    case 'taskAttention':
      return taskAttention({ tower: tower(config.hidden, config.dropout) });
  }
}

/** Of vectors, and of each step of a sequence or place of a map. */
const layer = (units: number): AnyLayer => eachStep(dense({ units, activation: 'relu', init: heNormal }));

/** Dense layers one after the other, each with dropout behind it. */
const tower = (hidden: readonly number[], rate = 0): AnyLayer =>
  sequential(
    Object.fromEntries(
      hidden.flatMap((units, at): [string, AnyLayer][] => [
        [`dense${at}`, layer(units)],
        ...(rate > 0 ? [[`dropout${at}`, eachStep(dropoutLayer({ rate }))] as [string, AnyLayer]] : []),
      ]),
    ),
  ) as AnyLayer;

const stages = (hidden: readonly number[]): AnyLayer[] => hidden.map(layer);

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };
/** The same options without those left undefined, which would hide defaults. */
const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
