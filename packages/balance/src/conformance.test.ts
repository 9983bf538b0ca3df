import { aligned } from './aggregation/aligned.ts';
import { cagrad } from './aggregation/cagrad.ts';
import { config } from './aggregation/config.ts';
import { dualProj } from './aggregation/dual-proj.ts';
import { fairgrad } from './aggregation/fairgrad.ts';
import { gradnorm } from './aggregation/gradnorm.ts';
import { gradvac } from './aggregation/gradvac.ts';
import { imtlG } from './aggregation/imtl-g.ts';
import { krum } from './aggregation/krum.ts';
import { metabalance } from './aggregation/metabalance.ts';
import { mgda } from './aggregation/mgda.ts';
import { nash } from './aggregation/nash.ts';
import { pcgrad } from './aggregation/pcgrad.ts';
import { upgrad } from './aggregation/upgrad.ts';
import { logTransformed } from './combinators/log-transformed.ts';
import { normalised } from './combinators/normalised.ts';
import { smoothed } from './combinators/smoothed.ts';
import { describeAggregatorProperties } from './testing/aggregator-properties.ts';
import { describeBalancerLaws } from './testing/balancer-laws.ts';
import { consistency } from './weighting/consistency.ts';
import { cosmos } from './weighting/cosmos.ts';
import { dtp } from './weighting/dtp.ts';
import { dwa } from './weighting/dwa.ts';
import { famo } from './weighting/famo.ts';
import { gls } from './weighting/gls.ts';
import { imtlL } from './weighting/imtl-l.ts';
import { mean } from './weighting/mean.ts';
import { pbi } from './weighting/pbi.ts';
import { prior } from './weighting/prior.ts';
import { rlw } from './weighting/rlw.ts';
import { scaleInvariant } from './weighting/scale-invariant.ts';
import { stch } from './weighting/stch.ts';
import { tchebycheff } from './weighting/tchebycheff.ts';
import { uncertainty } from './weighting/uncertainty.ts';
import { worst } from './weighting/worst.ts';

/** Every state that is a list has one entry per task. */
const entry = { taskState: (state: readonly unknown[], task: number) => state[task] };
const direction = { compare: 'direction' } as const;
const numbered = (tasks: readonly number[]) => tasks.map((task) => 1 + task);

describeBalancerLaws(mean);
describeBalancerLaws((tasks) => prior({ importance: numbered(tasks), sizes: numbered(tasks) }));
describeBalancerLaws(() => dtp());
describeBalancerLaws(() => dwa(), entry);
describeBalancerLaws(() => dwa({ window: 2, temperature: 1 }), entry);
describeBalancerLaws(gls);
describeBalancerLaws(scaleInvariant);
describeBalancerLaws(rlw, { permutable: false });
describeBalancerLaws(() => imtlL({ learningRate: 0.1 }), entry);
describeBalancerLaws((tasks) => tchebycheff({ preference: numbered(tasks), inverse: true }));
describeBalancerLaws((tasks) => stch({ mu: 0.5, preference: numbered(tasks) }));
describeBalancerLaws(() => worst({ count: 2 }));
describeBalancerLaws((tasks) => pbi({ preference: numbered(tasks) }), { negativeWeights: true });
describeBalancerLaws(() => cosmos(), { permutable: false, negativeWeights: true });
describeBalancerLaws((tasks) => cosmos({ preference: numbered(tasks) }), { negativeWeights: true });
describeBalancerLaws(() => consistency());
describeBalancerLaws(() => famo(), entry);

describeBalancerLaws(() => mgda(), direction);
describeBalancerLaws(() => mgda({ normalise: 'loss+' }), direction);
describeBalancerLaws(pcgrad, { permutable: false });
describeBalancerLaws(() => gradvac(), { permutable: false, negativeWeights: true });
describeBalancerLaws(() => cagrad(), direction);
describeBalancerLaws(imtlG, { ...direction, negativeWeights: true });
// Between nearly opposed gradients the Gramian has lost the digits that their bargain depends on.
describeBalancerLaws(() => nash(), { ...direction, tolerance: 1e-3 });
describeBalancerLaws(() => fairgrad({ alpha: 2 }), { ...direction, tolerance: 1e-3 });
describeBalancerLaws(() => aligned(), { ...direction, negativeWeights: true });
describeBalancerLaws(() => upgrad(), direction);
describeBalancerLaws(() => dualProj(), direction);
describeBalancerLaws(() => config(), { ...direction, negativeWeights: true });
describeBalancerLaws(() => gradnorm(), entry);
describeBalancerLaws(() => metabalance(), { ...entry, permutable: false });
describeBalancerLaws(() => krum({ byzantine: 0 }), { permutable: false });

describeBalancerLaws(() => logTransformed(mgda()), direction);
describeBalancerLaws(() => logTransformed(uncertainty()), entry);
describeBalancerLaws(() => normalised(famo()), entry);
describeBalancerLaws(() => normalised(smoothed(0.9, upgrad())), direction);

describeAggregatorProperties(mean, {
  permutationInvariant: 1e-12,
  linearUnderScaling: 1e-12,
  stronglyStationary: 5e-3,
});
describeAggregatorProperties(rlw, { stronglyStationary: 5e-3 });
describeAggregatorProperties(() => mgda(), { nonConflicting: 1e-9, permutationInvariant: 1e-7 });
describeAggregatorProperties(() => upgrad(), {
  nonConflicting: 1e-9,
  permutationInvariant: 5e-7,
  linearUnderScaling: 1e-7,
  stronglyStationary: 5e-3,
});
describeAggregatorProperties(() => dualProj(), {
  nonConflicting: 1e-9,
  permutationInvariant: 5e-7,
  stronglyStationary: 3e-3,
});
describeAggregatorProperties(() => cagrad({ c: 0.5 }), { permutationInvariant: 1e-6 });
describeAggregatorProperties(() => cagrad({ c: 1 }), { nonConflicting: 1e-7, permutationInvariant: 1e-6 });
describeAggregatorProperties(() => cagrad({ c: 2, rescale: 'squared' }), { nonConflicting: 1e-7 });
describeAggregatorProperties(() => fairgrad({ alpha: 0.1 }), {
  nonConflicting: 1e-7,
  permutationInvariant: 1e-6,
  scaleExponent: 0.9 / 1.1,
});
describeAggregatorProperties(() => fairgrad({ alpha: 2 }), { permutationInvariant: 1e-6, scaleExponent: -1 / 3 });
describeAggregatorProperties(() => nash(), { nonConflicting: 1e-7, permutationInvariant: 1e-6, scaleExponent: 0 });
describeAggregatorProperties(() => nash({ maxNorm: null }), { nonConflicting: 1e-7, scaleExponent: 0 });
describeAggregatorProperties(() => aligned(), { permutationInvariant: 1e-6 });
describeAggregatorProperties(() => aligned({ scale: 'median' }), { permutationInvariant: 1e-6 });
describeAggregatorProperties(() => aligned({ scale: 'rmse' }), { permutationInvariant: 1e-6 });
describeAggregatorProperties(imtlG, { permutationInvariant: 1e-6 });
describeAggregatorProperties(() => config(), { permutationInvariant: 1e-6, linearUnderScaling: 1e-6 });
describeAggregatorProperties(pcgrad);
describeAggregatorProperties(() => gradvac());
describeAggregatorProperties(() => krum(), { leastTasks: 4 });
describeAggregatorProperties(() => gradnorm(), { permutationInvariant: 1e-12 });
describeAggregatorProperties(() => metabalance());
