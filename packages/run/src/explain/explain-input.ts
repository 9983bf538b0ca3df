import type { InputConfig } from '../config/schema.ts';
import type { Predict } from '../predict.ts';
import type { ExplainedTask, Explanation } from './explanation.ts';
import { followed, occluded } from './occlusion.ts';
import type { Spikes } from './spikes.ts';

/** Predicts an input and the same without each of its parts, and adds the spikes of transcripts. */
export async function explainInput(
  raw: unknown,
  {
    id,
    type,
    predict,
    spikes,
  }: {
    readonly id: string;
    readonly type: InputConfig['type'];
    readonly predict: Predict;
    /** By the tasks that have them. */
    readonly spikes: (raw: unknown) => Promise<Readonly<Record<string, Spikes>>>;
  },
): Promise<Explanation> {
  const { input, without } = await occluded(type, raw);
  const [whole, ...others] = await predict([raw, ...without]);
  const found = await spikes(raw);
  const tasks = Object.entries(whole!).map(([task, prediction]): [string, ExplainedTask] => {
    const one = followed(prediction);
    const score = one?.score(prediction) ?? 0;
    return [
      task,
      {
        prediction,
        ...(one && {
          occlusion: { label: one.label, score, changes: others.map((other) => score - one.score(other[task]!)) },
        }),
        ...(found[task] && { spikes: found[task] }),
      },
    ];
  });
  return { id, input, tasks: Object.fromEntries(tasks) };
}
