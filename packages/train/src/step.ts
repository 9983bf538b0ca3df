import { type Balancer, equal, needsNow, type Status, type StepNeeds } from '@polytask/balance';
import { key as anyKey, fold, type HostTensor, hostTensor, type Key, leaves } from '@polytask/base';
import type { Device, Resident } from '@polytask/engine';
import { type Aggregator, aggregatorSlots, mayBeShared } from './aggregators/aggregator.ts';
import type { Batch, HostTree } from './batch.ts';
import { type Exchange, exchanged, type GradientsByPath } from './exchange.ts';
import { gramianReport } from './gramian-report.ts';
import type { AnyModel } from './measure.ts';
import type { Slots, Transformation } from './optimizers/transformation.ts';
import { stepPrograms } from './programs.ts';
import { aggregatorInPieces, gramianInPieces, lazyInPieces } from './refusals.ts';
import { type Solved, type StepReport, solved } from './step-report.ts';
import { means, ratios, rows, totals } from './sums.ts';
import type { GradientScope } from './task-gradients.ts';

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

export type StepOptions<Task extends string = string> = {
  readonly model: AnyModel & { readonly tasks: readonly Task[] };
  readonly optimizer: Transformation;
  /** What weighs the losses of the tasks, or combines their gradients entry by entry. */
  // biome-ignore lint/suspicious/noExplicitAny: the state of a balancer is its own business; the step only carries it
  readonly balancer: Balancer<any> | Aggregator;
  readonly device: Device;
  /** With respect to what the gradients of the tasks are taken for balancers that need their Gramian. Default `representation`. */
  readonly gradients?: GradientScope;
  /**
   * What happens to the gradients between their computation and their use; the identity when left out. Distributed training adds here:
   * with an `Exchange`, the step of each process is that of one process on all their batches together, missing labels included. A
   * function changes the gradients alone, and its losses are divided by its own labels. With it, and with several micro-batches, a step
   * runs as its separate programs.
   */
  readonly exchange?: Exchange | Exchange['gradients'];
};

export interface TrainingStep<Task extends string = string> extends AsyncDisposable {
  init(key: Key): TrainState;
  /** One update from one or more micro-batches, which together are one batch: their losses and gradients add up. */
  run(
    state: TrainState,
    batches: readonly Batch<Task>[],
    now: Now,
  ): Promise<{ state: TrainState; report: StepReport<Task> }>;
  /**
   * Compiles the steps of these batches, each on its own, before the first is taken: one batch of each length that batches are padded to is
   * enough. Nothing is changed.
   */
  warmup(state: TrainState, batches: readonly Batch<Task>[]): Promise<void>;
}

type Now = { readonly learningRate: number; readonly key: Key };

/** What a step is about to do, as all its forms need it. */
type Plan = Omit<Now, 'learningRate'> & {
  /** With the number of the step behind it where the optimizer uses that. */
  readonly learningRate: number | HostTensor;
  readonly state: TrainState;
  readonly batches: readonly Batch[];
  /** Labels per task over all micro-batches, which divide the losses. */
  readonly counts: readonly number[];
  readonly present: readonly boolean[];
  readonly examples: number;
  readonly needs: StepNeeds;
};

/** What a step did, as all its forms tell it. */
type Done = {
  readonly params: unknown;
  readonly slots: unknown;
  readonly balancer: unknown;
  readonly losses: readonly number[];
  readonly weights: readonly number[];
  readonly status: Status;
  readonly solver?: Solved;
  readonly gramian?: readonly (readonly number[])[] | undefined;
};

/** The training step of a model: weigh the tasks, differentiate, update. The task names are the model's. */
export function trainingStep<Task extends string>({
  model,
  optimizer,
  balancer: given,
  device,
  gradients: scope = 'representation',
  exchange,
}: StepOptions<Task>): TrainingStep<Task> {
  const aggregator = 'combine' in given ? given : undefined;
  const balancer = 'combine' in given ? equal() : given;
  const programs = stepPrograms({ model, optimizer, device, scope, aggregator });
  const tasks: readonly Task[] = model.tasks;
  const exchanging: Exchange | undefined =
    typeof exchange === 'function' ? { gradients: exchange, numbers: async (own) => own } : exchange;
  const vector = (values: readonly number[]) => hostTensor('float32', [tasks.length], values);
  const byTask = <Value>(value: (index: number) => Value) =>
    Object.fromEntries(tasks.map((task, index) => [task, value(index)])) as Record<Task, Value>;

  const weigh = ({ state, batches, present, key }: Plan, losses: readonly number[], gramian?: number[][]) =>
    balancer.weigh(
      { losses, present, step: state.step, epoch: batches[0]!.epoch, ...(gramian && { gramian }) },
      state.balancer,
      fold(key, 'balancer'),
    );
  const observe = (losses: readonly number[], state: unknown, { present }: Plan) =>
    balancer.observe ? balancer.observe(losses, state, present) : state;

  /** One program: the weights follow from what was seen in earlier steps. */
  const fused = async (plan: Plan): Promise<Done> => {
    const { state, counts, learningRate, key } = plan;
    const { weights, state: weighed, status } = weigh(plan, []);
    const batch = tensors(plan.batches[0]!);
    const done = await programs.fused.run(
      state.params,
      state.slots as never,
      batch,
      vector(weights),
      vector(counts),
      learningRate,
      key,
    );
    const losses = means([done], counts);
    return {
      params: done.params,
      slots: done.slots,
      balancer: observe(losses, weighed, plan),
      losses,
      weights,
      status,
    };
  };

  /** One program that stops in its middle, where the balancer is shown the losses of this very step. */
  const cut = async (plan: Plan, needs: 'losses' | 'gramian'): Promise<Done> => {
    const { state, counts, learningRate, key } = plan;
    const batch = tensors(plan.batches[0]!);
    let weighed!: ReturnType<typeof weigh>;
    let gramian: number[][] | undefined;
    const answer = ({ losses, gramian: shown }: Record<string, HostTensor>) => {
      gramian = shown && rows(shown.data, tasks.length);
      weighed = weigh(plan, [...losses!.data], gramian);
      return vector(weighed.weights);
    };
    const done = await programs.cut.runWith(
      { weights: answer },
      state.params,
      state.slots as never,
      batch,
      vector(counts),
      learningRate,
      key,
      needs,
    );
    const { weights, status } = weighed;
    // Its first losses that `weigh` has not seen are those of the same batch after the update.
    const after =
      balancer.observe &&
      means([await programs.measure.run(done.params, batch, vector(counts), key, 'losses')], counts);
    const balanced = after ? observe(after, weighed.state, plan) : weighed.state;
    return {
      params: done.params,
      slots: done.slots,
      balancer: balanced,
      losses: means([done], counts),
      weights,
      status,
      solver: weighed,
      gramian,
    };
  };

  /** One program, whose gradients the aggregator combines: those of all tasks present, or of the one whose turn it is. */
  const aggregated = async (
    { state, batches, counts, present, learningRate, key }: Plan,
    own: Aggregator,
  ): Promise<Done> => {
    const turn = tasks.flatMap((_, task) => (present[task] ? [task] : []))[state.step % present.filter(Boolean).length];
    const turns = present.map((here, task) => Number(own.turns ? task === turn : here));
    const done = await programs.aggregated.runWith(
      own.answers ?? {},
      state.params,
      state.slots as never,
      tensors(batches[0]!),
      vector(turns),
      vector(counts),
      learningRate,
      key,
    );
    const { params, slots, weights } = done;
    const losses = means([done], counts);
    return { params, slots, balancer: state.balancer, losses, weights: [...weights.data], status: { kind: 'ok' } };
  };

  /** The means over the parts of all processes. */
  const allMeans = async (parts: readonly { sums: HostTensor }[], counts: readonly number[]) => {
    if (parts.length === 0) return [];
    const own = totals(parts, counts.length);
    return ratios(exchanging ? await exchanging.numbers(own) : own, counts);
  };

  const measureAll = async ({ state, batches, counts }: Plan, keys: readonly Key[], needs: 'losses' | 'gramian') => {
    const parts = [];
    for (const [index, batch] of batches.entries())
      parts.push(await programs.measure.run(state.params, tensors(batch), vector(counts), keys[index]!, needs));
    return parts;
  };

  /** The representation of the whole batch is that of its parts, one below the other, so their Gramians add up. */
  const wholeGramian = async (parts: readonly { gramian?: HostTensor }[]) => {
    const own = totals(
      parts.map(({ gramian }) => ({ sums: gramian! })),
      tasks.length ** 2,
    );
    return rows(exchanging ? await exchanging.numbers(own) : own, tasks.length);
  };

  /** Measure, weigh, differentiate each micro-batch, add, exchange, update. */
  const piecewise = async (plan: Plan): Promise<Done> => {
    const { state, batches, counts, needs, learningRate, key } = plan;
    if (needs === 'gramian' && scope !== 'representation') throw gramianInPieces(balancer.name);
    const keys = batches.map((_, index) => (batches.length === 1 ? key : fold(key, index)));
    const measured = needs === 'nothing' ? [] : await measureAll(plan, keys, needs);
    const gramian = needs === 'gramian' ? await wholeGramian(measured) : undefined;
    const solver = weigh(plan, await allMeans(measured, counts), gramian);
    const { weights, state: weighed, status } = solver;

    const parts = [];
    let gradients: GradientsByPath = {};
    for (const [index, batch] of batches.entries()) {
      const part = await programs.differentiate.run(
        state.params,
        tensors(batch),
        vector(weights),
        vector(counts),
        keys[index]!,
      );
      const found = part.gradients as unknown as GradientsByPath;
      gradients = index === 0 ? found : ((await programs.add.run(gradients, found)).sum as unknown as GradientsByPath);
      parts.push(part);
    }
    if (exchanging) gradients = await exchanged(gradients, exchanging);
    const done = await programs.update.run(state.params, state.slots as never, gradients, vector(counts), learningRate);
    const losses = await allMeans(parts, counts);
    const seen = async () => {
      if (needs === 'nothing') return losses;
      const after = { ...plan, state: { ...state, params: done.params } };
      return allMeans(await measureAll(after, keys, 'losses'), counts);
    };
    return {
      params: done.params,
      slots: done.slots,
      balancer: balancer.observe ? observe(await seen(), weighed, plan) : weighed,
      losses,
      weights,
      status,
      solver,
      gramian,
    };
  };

  const planOf = (state: TrainState, batches: readonly Batch<Task>[], now: Now): Plan => {
    const counts = tasks.map((task) => batches.reduce((sum, { counts: own }) => sum + own[task]!, 0));
    const examples = batches.reduce((sum, { size }) => sum + size, 0);
    const learningRate = optimizer.usesStep
      ? hostTensor('float32', [2], [now.learningRate, state.step])
      : now.learningRate;
    return planWith({ ...now, learningRate, state, batches }, counts, examples);
  };
  const planWith = (
    given: Pick<Plan, 'state' | 'batches' | 'learningRate' | 'key'>,
    counts: readonly number[],
    examples: number,
  ) => {
    const present = counts.map((count) => count > 0);
    return { ...given, counts, present, examples, needs: needsNow(balancer, given.state.balancer, present) };
  };
  /** The plan of all processes together. */
  const sharedPlan = async (own: Plan, { numbers }: Exchange): Promise<Plan> => {
    const sums = await numbers([...own.counts, own.examples]);
    return planWith(own, sums.slice(0, -1), sums.at(-1)!);
  };

  const warmup: TrainingStep<Task>['warmup'] = async (state, batches) => {
    for (const one of batches) {
      const { params, slots, counts, needs, learningRate, key } = {
        ...state,
        ...planOf(state, [one], { learningRate: 0, key: anyKey(0) }),
      };
      const [batch, numbers] = [tensors(one), vector(counts)];
      if (aggregator)
        await programs.aggregated.warmup(params, slots as never, batch, numbers, numbers, learningRate, key);
      else if (exchanging) await programs.differentiate.warmup(params, batch, numbers, numbers, key);
      else if (needs === 'nothing')
        await programs.fused.warmup(params, slots as never, batch, numbers, numbers, learningRate, key);
      else await programs.cut.warmup(params, slots as never, batch, numbers, learningRate, key, needs);
    }
  };

  const run: TrainingStep<Task>['run'] = async (state, batches, now) => {
    const own = planOf(state, batches, now);
    if (optimizer.lazy && (batches.length > 1 || exchanging)) throw lazyInPieces();
    if (aggregator && (batches.length > 1 || exchanging)) throw aggregatorInPieces(aggregator.name);
    const plan = exchanging ? await sharedPlan(own, exchanging) : own;
    const { present } = plan;
    const isWhole = batches.length === 1 && !exchanging;
    const done = !present.includes(true)
      ? idle(plan)
      : aggregator
        ? await aggregated(plan, aggregator)
        : !isWhole
          ? await piecewise(plan)
          : plan.needs === 'nothing'
            ? await fused(plan)
            : await cut(plan, plan.needs);
    return {
      state: {
        params: done.params,
        slots: done.slots as TrainState['slots'],
        balancer: done.balancer,
        step: state.step + 1,
      },
      report: {
        step: state.step,
        epoch: batches[0]!.epoch,
        losses: byTask((index) => (present[index] ? done.losses[index]! : null)),
        weights: byTask((index) => done.weights[index]!),
        learningRate: now.learningRate,
        examples: plan.examples,
        status: done.status,
        ...solved(done.solver ?? {}),
        ...(done.gramian && gramianReport(tasks, done.gramian, done.weights, present)),
      },
    };
  };

  return {
    init(key) {
      const params = model.init(fold(key, 'parameters'));
      const entries = leaves<HostTensor>(params as HostTree);
      const shared = Object.fromEntries(entries.filter(([path]) => mayBeShared(path)));
      const slots = {
        ...optimizer.init(Object.fromEntries(entries)),
        ...(aggregator && aggregatorSlots.join(aggregator.init(shared, tasks.length))),
      };
      return { params, slots, balancer: balancer.init(tasks.length), step: 0 };
    },
    run,
    warmup,
    async [Symbol.asyncDispose]() {
      for (const program of Object.values(programs)) await program[Symbol.asyncDispose]();
    },
  };
}

/** Nothing to learn from: no update, not even decay. The step still counts, so that schedules and keys move on. */
function idle({ state, counts }: Plan): Done {
  const status: Status = { kind: 'degenerate', reason: 'no task has a label in this step' };
  return { ...state, losses: [], weights: counts.map(() => 0), status };
}

const tensors = ({ inputs, targets, size }: Batch) =>
  ({ inputs, targets, size: hostTensor('int32', [], [size]) }) as never;
