import { PolytaskError } from '@polytask/base';

const whole = 'Use one batch per step (train.accumulate: 1)';

export const gramianInPieces = (name: string) =>
  new PolytaskError('usage', {
    code: 'E4002',
    message: `The balancer ${name} needs the Gramian of gradients with respect to parameters, which steps of several micro-batches or with an exchange do not have.`,
    fix: `${whole}, or gradients with respect to the representation (gradients: 'representation').`,
  });

export const lazyInPieces = () =>
  new PolytaskError('usage', {
    code: 'E4004',
    message:
      'Lazy updates need to know which rows a step reads, which steps of several micro-batches or with an exchange do not tell.',
    fix: `${whole}, or an optimizer that is not lazy.`,
  });

export const aggregatorInPieces = (name: string) =>
  new PolytaskError('usage', {
    code: 'E4007',
    message: `The aggregator ${name} needs the gradient of each task, which steps of several micro-batches or with an exchange do not have.`,
    fix: `${whole}.`,
  });

export const statesInPieces = (path: string) =>
  new PolytaskError('usage', {
    code: 'E4008',
    message: `${path} is a running statistic of whole batches, which steps of several micro-batches or with an exchange do not see.`,
    fix: `${whole}, or a norm without running state, such as group or layer norm.`,
  });
