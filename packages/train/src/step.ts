import { type Balancer, needsNow, type Status } from '@polytask/balance';
import { fold, type HostTensor, hostTensor, type Key, leaves, PolytaskError } from '@polytask/base';
import type { Device, Resident } from '@polytask/engine';
import type { Batch, HostTree } from './batch.ts';
import type { Slots, Transformation } from './optimizers/transformation.ts';
import { type AnyModel, stepPrograms } from './programs.ts';

/** Everything that training changes. Parameters and optimizer slots may stay on the device between steps. */
export type TrainState = {
  /** The model's parameter tree. */
  readonly params: unknown;
  readonly slots: Slots<HostTensor | Resident>;
  /** The balancer's own, JSON. */
  readonly balancer: unknown;
  /** Steps taken. */
  readonly step: number;
};

/** What one step did. Losses are means over the labels present; `null` where a task had none. */
export type StepReport<Task extends string = string> = {
  readonly step: number;
  readonly epoch: number;
  readonly losses: Readonly<Record<Task, number | null>>;
  readonly weights: Readonly<Record<Task, number>>;
  readonly learningRate: number;
  readonly examples: number;
  readonly status: Status;
};

export type StepOptions = {
  readonly model: AnyModel;
  readonly optimizer: Transformation;
  // biome-ignore lint/suspicious/noExplicitAny: the state of a balancer is its own business; the step only carries it
  readonly balancer: Balancer<any>;
  readonly device: Device;
  /**
   * What happens to the gradients between their computation and their use; the identity when left out. Distributed training averages
   * here. With it, and with several micro-batches, a step is cut into its three programs.
   */
  readonly exchange?: (gradients: Readonly<Record<string, Resident>>) => Promise<Readonly<Record<string, HostTensor | Resident>>>;
};

export interface TrainingStep extends AsyncDisposable {
  init(key: Key): TrainState;
  /** One update from one or more micro-batches, which together are one batch: their losses and gradients add up. */
  run(state: TrainState, batches: readonly Batch[], now: { learningRate: number; key: Key }): Promise<{ state: TrainState; report: StepReport }>;
}

/** The training step of a model: weigh the tasks, differentiate, update. */
export function trainingStep({ model, optimizer, balancer, device, exchange }: StepOptions): TrainingStep {
  const programs = stepPrograms(model, optimizer, device);
  const tasks = model.tasks;
  const vector = (values: readonly number[]) => hostTensor('float32', [tasks.length], values);

  const run: TrainingStep['run'] = async (state, batches, { learningRate, key }) => {
    const counts = tasks.map((task) => batches.reduce((sum, { counts: own }) => sum + own[task]!, 0));
    const present = counts.map((count) => count > 0);
    const { epoch } = batches[0]!;
    const size = batches.reduce((sum, batch) => sum + batch.size, 0);
    const report = (losses: readonly number[], weights: readonly number[], status: Status): StepReport => ({
      step: state.step,
      epoch,
      losses: record(tasks, (index) => (present[index] ? losses[index]! : null)),
      weights: record(tasks, (index) => weights[index]!),
      learningRate,
      examples: size,
      status,
    });
    if (!present.includes(true)) {
      // Nothing to learn from: no update, not even decay. The step is counted, so that schedules and keys move on.
      const status: Status = { kind: 'degenerate', reason: 'no task has a label in this step' };
      return { state: { ...state, step: state.step + 1 }, report: report([], tasks.map(() => 0), status) };
    }

    const randomOf = (index: number) => (batches.length === 1 ? key : fold(key, index));
    const denominators = vector(counts);
    const statistics = { present, step: state.step, epoch };
    const needs = needsNow(balancer, state.balancer, present);
    const balancerKey = fold(key, 'balancer');
    const whole = batches.length === 1 && !exchange;

    if (needs !== 'nothing' && whole) {
      let weighed!: ReturnType<typeof balancer.weigh>;
      const weigh = ({ losses, gramian }: Record<string, HostTensor>) => {
        const shown = { ...statistics, losses: [...losses!.data], ...(gramian && { gramian: rows(gramian) }) };
        weighed = balancer.weigh(shown, state.balancer, balancerKey);
        return vector(weighed.weights);
      };
      const done = await programs.cut.runWith({ weights: weigh }, state.params, state.slots as never, tensors(batches[0]!), denominators, learningRate, key, needs);
      const losses = meansOf([done], counts);
      const after = balancer.observe ? await programs.measure.run(done.params, tensors(batches[0]!), key) : undefined;
      const balanced = after ? balancer.observe!(meansOf([after], counts), weighed.state, present) : weighed.state;
      return { state: { params: done.params, slots: done.slots as never, balancer: balanced, step: state.step + 1 }, report: report(losses, weighed.weights, weighed.status) };
    }

    let before: number[] = [];
    if (needs === 'gramian') {
      throw new PolytaskError('usage', { code: 'E4002', message: `${balancer.name} needs the Gramian of the gradients, which is not available with micro-batches or an exchange.`, fix: 'Use one batch per step.' });
    }
    if (needs === 'losses') {
      const measured = [];
      for (const [index, batch] of batches.entries()) measured.push(await programs.measure.run(state.params, tensors(batch), randomOf(index)));
      before = meansOf(measured, counts);
    }
    const weighed = balancer.weigh({ ...statistics, losses: before }, state.balancer, balancerKey);
    const weights = vector(weighed.weights);

    if (whole) {
      const done = await programs.fused.run(state.params, state.slots as never, tensors(batches[0]!), weights, denominators, learningRate, key);
      const losses = meansOf([done], counts);
      const balanced = balancer.observe ? balancer.observe(losses, weighed.state, present) : weighed.state;
      return { state: { params: done.params, slots: done.slots as never, balancer: balanced, step: state.step + 1 }, report: report(losses, weighed.weights, weighed.status) };
    }

    const measured = [];
    let gradients: Readonly<Record<string, HostTensor | Resident>> | undefined;
    for (const [index, batch] of batches.entries()) {
      const done = await programs.differentiate.run(state.params, tensors(batch), weights, denominators, randomOf(index));
      measured.push(done);
      const found = done.gradients as unknown as Readonly<Record<string, Resident>>;
      gradients = gradients ? ((await programs.add.run(gradients as never, found as never)).sum as never) : found;
    }
    if (exchange) gradients = await exchange(gradients as Readonly<Record<string, Resident>>);
    const done = await programs.update.run(state.params, state.slots as never, gradients as never, denominators, learningRate);
    const losses = meansOf(measured, counts);
    const balanced = needs === 'nothing' && balancer.observe ? balancer.observe(losses, weighed.state, present) : weighed.state;
    return { state: { params: done.params, slots: done.slots as never, balancer: balanced, step: state.step + 1 }, report: report(losses, weighed.weights, weighed.status) };
  };

  return {
    init(key) {
      const params = model.init(fold(key, 'parameters'));
      const slots = optimizer.init(Object.fromEntries(leaves<HostTensor>(params as HostTree)));
      return { params, slots, balancer: balancer.init(tasks.length), step: 0 };
    },
    run,
    async [Symbol.asyncDispose]() {
      for (const program of Object.values(programs)) await program[Symbol.asyncDispose]();
    },
  };
}

const tensors = ({ inputs, targets }: Batch) => ({ inputs, targets }) as never;

const record = <Value>(tasks: readonly string[], value: (index: number) => Value) => Object.fromEntries(tasks.map((task, index) => [task, value(index)]));

const rows = ({ shape, data }: HostTensor): number[][] => Array.from({ length: shape[0]! }, (_, row) => [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)]);

/** Σ sums / counts over the parts of a step. */
function meansOf(parts: readonly { sums: HostTensor }[], counts: readonly number[]): number[] {
  return counts.map((count, task) => parts.reduce((sum, { sums }) => sum + sums.data[task]!, 0) / count);
}
