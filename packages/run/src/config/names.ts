/** The names a run file may use. `registry.ts` maps each to its factory. */
export const encoders = { ngrams: 'ngrams', transformer: 'transformer' } as const;
export const heads = { classify: 'classify' } as const;
export const balancers = { equal: 'equal', fixed: 'fixed', uncertainty: 'uncertainty' } as const;
export const optimizers = { sgd: 'sgd', adam: 'adam', adamw: 'adamw' } as const;
export const schedules = { constant: 'constant', linear: 'linear', cosine: 'cosine' } as const;
export const metrics = ['accuracy', 'macroF1', 'microF1', 'weightedF1', 'macroPrecision', 'macroRecall'] as const;
export type MetricName = (typeof metrics)[number];
