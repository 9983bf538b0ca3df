import { PolytaskError, type Problem, quote } from '@polytask/base';
import { type Aspect, type Augmentation, aspects } from './augmentation.ts';

/** What each task reads off the input, such as `{ digit: ['handedness', 'orientation'], style: ['colour'] }`. */
export type TaskReads = Readonly<Record<string, readonly Aspect[]>>;

type Touching = Pick<Augmentation<unknown>, 'name' | 'touches'>;

/** Whether labels of a task that reads these aspects stay true. */
export const safeFor = ({ touches }: Touching, reads: readonly Aspect[]): boolean =>
  reads.every((aspect) => !touches.includes(aspect));

/** The tasks whose labels an augmentation may make wrong. */
export const unsafeTasks = (augmentation: Touching, tasks: TaskReads): string[] =>
  Object.keys(tasks).filter((task) => !safeFor(augmentation, tasks[task]!));

/**
 * Refuses augmentations that touch what a task reads.
 *
 * @param given each with the tasks that it leaves alone anyway.
 * @throws PolytaskError usage E2470, a problem per augmentation and task. @throws RangeError for an aspect that there is none of.
 */
export function requireSafe(
  given: readonly (Touching & { readonly unsafeFor?: readonly string[] })[],
  tasks: TaskReads,
): void {
  checkReads(tasks);
  const problems = given.flatMap((augmentation) =>
    unsafeTasks(augmentation, tasks)
      .filter((task) => !augmentation.unsafeFor?.includes(task))
      .map((task): Problem => {
        const touched = tasks[task]!.filter((aspect) => augmentation.touches.includes(aspect));
        const [name, list] = [quote(task), touched.join(', ')];
        return {
          code: 'E2470',
          path: `tasks.${task}`,
          message: `The augmentation ${quote(augmentation.name)} changes what the task ${name} reads: ${list}.`,
          fix: `Leave it out, or give it unsafeFor: [${task}], which keeps examples with a label of that task as they are.`,
        };
      }),
  );
  if (problems.length > 0) throw new PolytaskError('usage', problems);
}

/** @throws RangeError for an aspect that there is none of. */
export function checkReads(tasks: TaskReads): void {
  for (const [task, reads] of Object.entries(tasks)) {
    const unknown = reads.find((aspect) => !aspects.includes(aspect));
    if (unknown !== undefined)
      throw new RangeError(`tasks.${task}: expected aspects among ${aspects.join(', ')}. Found ${quote(unknown)}.`);
  }
}
