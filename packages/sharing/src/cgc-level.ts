import { fold, type Key, quote, type Shape } from '@polytask/base';
import { type AnyLayer, type Context, type Host, named, type Tensors, within } from '@polytask/core';
import { type Gate, type GateParams, mixture } from './gate.ts';
import { type ByTask, byTask, type Features, featuresOf, partOf, requireCount } from './parts.ts';

export type ExpertCounts = {
  /** Experts that all tasks may use. */
  readonly shared: number;
  /** Experts of each task. */
  readonly specific: number;
};

/** The experts, a gate for each task over its own experts and the shared ones, and, between levels, one over all. */
export type CgcParams = {
  readonly shared: readonly Tensors[];
  readonly specific: ByTask<readonly Tensors[]>;
  readonly gates: ByTask<GateParams>;
  readonly sharedGate?: GateParams;
};

/** What goes from level to level: the features of each task, and those that the shared experts see. */
export type Streams = { readonly tasks: ByTask<Tensors>; readonly shared: Tensors };

type Mixed = { readonly tasks: ByTask<Features>; readonly shared: Features | undefined };

/** @throws RangeError unless a task has at least one expert to listen to. */
export function requireExperts(maker: string, { shared, specific }: ExpertCounts): void {
  requireCount(`${maker}.shared`, shared, 0);
  requireCount(`${maker}.specific`, specific, 0);
  if (shared + specific > 0) return;
  throw new RangeError(`${maker}: expected at least one expert. Found ${quote({ shared, specific })}.`);
}

/** One level of customized gate control; with `passesOn`, a shared gate over the experts of all feeds the next level's shared experts. */
export function cgcLevel(given: AnyLayer, { shared, specific }: ExpertCounts, gate: Gate, passesOn: boolean) {
  const expert = partOf(given);
  const list = <Value>(count: number, make: (at: number) => Value) =>
    Array.from({ length: count }, (_, at) => make(at));
  return {
    init(key: Key, inputShape: Shape, tasks: readonly string[]) {
      let outputShape = inputShape;
      const one = (name: string) => {
        const made = expert.init(fold(key, name), inputShape);
        outputShape = made.outputShape;
        return made.params;
      };
      const params: Host<CgcParams> = {
        shared: list(shared, (at) => one(`shared ${at}`)),
        specific: byTask(tasks, (task) => list(specific, (at) => one(`${task} ${at}`))),
        gates: byTask(tasks, (task) => gate.init(fold(key, `gate ${task}`), inputShape, specific + shared)),
        ...(passesOn && {
          sharedGate: gate.init(fold(key, 'shared gate'), inputShape, tasks.length * specific + shared),
        }),
      };
      return { params, outputShape };
    },
    /** `shared` is undefined after the last level. */
    apply(params: CgcParams, inputs: Streams, context: Context, tasks: readonly string[]): Mixed {
      const run = (own: Tensors, x: Tensors, name: string) =>
        featuresOf(
          named(name, () => expert.apply(own, x, within(context, name))),
          'expert',
        );
      const all = list(shared, (at) => run(params.shared[at]!, inputs.shared, `shared.${at}`));
      const own = byTask(tasks, (task) =>
        list(specific, (at) => run(params.specific[task]![at]!, inputs.tasks[task]!, `specific.${task}.${at}`)),
      );
      const features = byTask(tasks, (task) =>
        mixture(gate.apply(params.gates[task]!, inputs.tasks[task]!, `gate.${task}`, context), [...own[task]!, ...all]),
      );
      if (!params.sharedGate) return { tasks: features, shared: undefined };
      const weights = gate.apply(params.sharedGate, inputs.shared, 'sharedGate', context);
      return { tasks: features, shared: mixture(weights, [...tasks.flatMap((task) => own[task]!), ...all]) };
    },
  };
}
