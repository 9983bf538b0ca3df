import {
  aligned,
  type Balancer,
  cagrad,
  config,
  consistency,
  cosmos,
  dtp,
  dualProj,
  dwa,
  equal,
  every,
  fairgrad,
  famo,
  fixed,
  gls,
  gradnorm,
  gradvac,
  imtlG,
  imtlL,
  krum,
  logTransformed,
  mean,
  metabalance,
  mgda,
  nash,
  normalised,
  pbi,
  pcgrad,
  prior,
  rlw,
  scaleInvariant,
  smoothed,
  stch,
  tchebycheff,
  uncertainty,
  upgrad,
  worst,
} from '@polytask/balance';
import {
  type Aggregator,
  dbMtl,
  excessMtl,
  gradDrop,
  mConfig,
  moco,
  trimmedMean,
  weightedTasks,
} from '@polytask/train';
import { aggregators } from '../config/names.ts';
import type { NamedBalancer } from '../config/run.ts';
import type { BalanceConfig, RunConfig } from '../config/schema.ts';
import { defined, type Factories, inOrder, lookUp, numberOf, requireObject } from './factories.ts';

// biome-ignore lint/suspicious/noExplicitAny: the state of a balancer is its own business
export type AnyBalancer = Balancer<any>;

/** A balancer without what goes with any of them. */
type AggregatorConfig = Extract<BalanceConfig, { type: keyof typeof aggregators }>;
type BalancerConfig =
  Exclude<BalanceConfig, AggregatorConfig> extends infer One
    ? One extends BalanceConfig
      ? Omit<One, 'gradients' | 'every' | 'smoothed' | 'logTransformed' | 'normalised'>
      : never
    : never;
/** What balancers are told of the tasks of a run, in their order. */
type TaskFacts = { readonly tasks: readonly string[]; readonly kinds: readonly ('classification' | 'regression')[] };

/** From the names of run files to what shares one update among tasks. */
const table = {
  balancers: {
    equal: () => equal(),
    mean: () => mean(),
    fixed: ({ weights }, { tasks }) => fixed({ weights: tasks.map((task) => weights[task] ?? 1) }),
    prior: (options, { tasks }) => prior(inOrder(options, tasks)),
    uncertainty: (options, { kinds }) => uncertainty({ ...defined(options), kinds }),
    rlw: () => rlw(),
    dtp: (options) => dtp(defined(options)),
    dwa: (options) => dwa(defined(options)),
    gls: () => gls(),
    scaleInvariant: () => scaleInvariant(),
    imtlL: (options) => imtlL(defined(options)),
    famo: (options, { tasks }) => famo(inOrder(options, tasks)),
    worst: (options) => worst(defined(options)),
    tchebycheff: (options, { tasks }) => tchebycheff(inOrder(options, tasks)),
    stch: (options, { tasks }) => stch(inOrder(options, tasks)),
    pbi: (options, { tasks }) => pbi(inOrder(options, tasks)),
    cosmos: (options, { tasks }) => cosmos(inOrder(options, tasks)),
    consistency: ({ strength, pairs }, { tasks }) =>
      consistency(
        defined({
          strength,
          pairs: pairs?.map(([left, right]) => [tasks.indexOf(left), tasks.indexOf(right)] as const),
        }),
      ),
    mgda: (options) => mgda(defined(options)),
    pcgrad: () => pcgrad(),
    gradvac: (options) => gradvac(defined(options)),
    cagrad: (options, { tasks }) => cagrad(inOrder(options, tasks)),
    imtlG: () => imtlG(),
    nash: (options) => nash(defined(options)),
    fairgrad: (options) => fairgrad(defined(options)),
    aligned: (options, { tasks }) => aligned(inOrder(options, tasks)),
    upgrad: (options, { tasks }) => upgrad(inOrder(options, tasks)),
    dualProj: (options, { tasks }) => dualProj(inOrder(options, tasks)),
    config: (options, { tasks }) => config(inOrder(options, tasks)),
    gradnorm: (options) => gradnorm(defined(options)),
    metabalance: ({ target, ...options }, { tasks }) =>
      metabalance(defined({ ...options, target: target === undefined ? undefined : tasks.indexOf(target) })),
    krum: (options) => krum(defined(options)),
  } satisfies Factories<BalancerConfig, TaskFacts, AnyBalancer>,
  aggregators: {
    gradDrop: ({ leak }, { tasks }) =>
      gradDrop(defined({ leak: typeof leak === 'object' ? tasks.map((task) => numberOf('leak', leak, task)) : leak })),
    moco: (options) => moco(defined(options)),
    dbMtl: (options) => dbMtl(defined(options)),
    excessMtl: (options) => excessMtl(defined(options)),
    trimmedMean: (options) => trimmedMean(defined(options)),
    mConfig: (options) => mConfig(defined(options)),
  } satisfies Factories<AggregatorConfig, TaskFacts, Aggregator>,
} as const;

/** What shares one update among the tasks: a balancer, its weights multiplied by those of the tasks, or what combines gradients entry by entry. */
export function sharerFor(
  { balance, tasks }: Pick<RunConfig, 'balance' | 'tasks'>,
  given: NamedBalancer | undefined,
): AnyBalancer | Aggregator {
  if (!isAggregated(balance)) return balancerFor({ balance, tasks }, given);
  const names = Object.keys(tasks);
  const weights = names.map((name) => tasks[name]!.weight);
  const aggregator = lookUp<Aggregator>(table.aggregators, balance, factsOf(tasks));
  return weights.every((weight) => weight === 1) ? aggregator : weightedTasks(weights, aggregator);
}

const isAggregated = (balance: BalanceConfig): balance is AggregatorConfig => Object.hasOwn(aggregators, balance.type);

function balancerFor(
  {
    balance,
    tasks,
  }: { readonly balance: Exclude<BalanceConfig, AggregatorConfig>; readonly tasks: RunConfig['tasks'] },
  given: NamedBalancer | undefined,
): AnyBalancer {
  const names = Object.keys(tasks);
  const weights = names.map((name) => tasks[name]!.weight);
  const {
    gradients: _,
    every: turn = 1,
    smoothed: share = 0,
    logTransformed: logs,
    normalised: scaled,
    ...own
  } = balance;
  const single: AnyBalancer =
    own.type === 'custom' ? requireObject(given, own.name) : lookUp(table.balancers, own, factsOf(tasks));
  const onLogs = logs ? logTransformed(single) : single;
  const sized = scaled ? normalised(onLogs) : onLogs;
  const averaged = share > 0 ? smoothed(share, sized) : sized;
  const balancer: AnyBalancer = turn > 1 ? every(turn, averaged) : averaged;
  if (weights.every((weight) => weight === 1)) return balancer;
  return {
    ...balancer,
    weigh(statistics, state, key) {
      const weighed = balancer.weigh(statistics, state, key);
      return { ...weighed, weights: weighed.weights.map((weight, task) => weight * weights[task]!) };
    },
  };
}

const factsOf = (tasks: RunConfig['tasks']): TaskFacts => ({
  tasks: Object.keys(tasks),
  kinds: Object.values(tasks).map(({ type }) => (type === 'regress' ? 'regression' : 'classification')),
});
