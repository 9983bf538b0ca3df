import { sharerFor } from '../registry/balance.ts';
import { augmenterFor, cleaningFor, encoderFor, headFor, mixingFor, optimizerFor } from '../registry.ts';
import { relationsOf } from '../relations.ts';
import { selectorFor } from '../selector.ts';
import { sharingFor } from '../sharing.ts';
import type { Finding } from './explain.ts';
import type { RunObjects } from './run.ts';
import type { RunConfig } from './schema.ts';

/** Options that fit the schema and not each other, such as a width that the heads do not divide: the factories know. */
export function tryFactories(config: RunConfig, objects: RunObjects): Finding[] {
  const findings: Finding[] = [];
  const attempt = (path: readonly (string | number)[], make: () => unknown) => {
    try {
      make();
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      findings.push({ path, at: 'value', problem: { code: 'E1205', message: error.message } });
    }
  };
  for (const [name, input] of Object.entries(config.inputs)) {
    attempt(['inputs', name, 'encoder'], () =>
      encoderFor(input.encoder, objects.encoders[name], { tokenizer: null, pretrained: null }),
    );
    for (const stage of ['raw', 'encoded'] as const)
      attempt(['inputs', name, 'augment'], () => augmenterFor(input, objects.augmentations?.[name], { stage }));
    attempt(['inputs', name, 'mix'], () => mixingFor(input));
  }
  for (const [name, task] of Object.entries(config.tasks))
    attempt(['tasks', name], () => headFor(task, objects.heads[name]));
  for (const [at, step] of (config.data.clean ?? []).entries())
    attempt(['data', 'clean', at], () => cleaningFor([step]));
  attempt(['sharing'], () => sharingFor(config.sharing));
  attempt(['relations'], () => relationsOf(config));
  if (config.sampling.type === 'selected') {
    const { selector } = config.sampling;
    const tasks = Object.keys(config.tasks);
    attempt(['sampling', 'selector'], () =>
      selectorFor(
        selector,
        tasks,
        tasks.map(() => 1),
      ).init(tasks.length),
    );
  }
  attempt(['balance'], () => {
    const sharer = sharerFor(config, objects.balancer);
    const count = Object.keys(config.tasks).length;
    return 'combine' in sharer ? sharer.init({}, count) : sharer.init(count);
  });
  attempt(['train', 'optimizer'], () => optimizerFor(config.train, { blocks: 1, stepsPerEpoch: 1 }));
  return findings;
}
