import { PolytaskError, quote } from '@polytask/base';
import type { EncoderConfig, RunConfig } from './schema.ts';

/** The BERT encoder of a run. @throws PolytaskError usage E1220 when it has another one. */
export function requireBert({ inputs }: RunConfig): Extract<EncoderConfig, { type: 'bert' }> {
  const [[input, { encoder }]] = Object.entries(inputs) as [[string, RunConfig['inputs'][string]]];
  if (encoder.type === 'bert') return encoder;
  throw new PolytaskError('usage', {
    code: 'E1220',
    path: `inputs.${input}.encoder.type`,
    message: `Expected an encoder of type bert. Found ${quote(encoder.type)}.`,
  });
}
