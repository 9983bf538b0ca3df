import { model, node, valueInfo } from './proto.ts';
import type { Runtime } from './session.ts';

/**
 * How many channels the runtime's blocked convolutions keep together on this processor, 8 or 16; undefined where it has none.
 *
 * The runtime does not tell; a tensor that it brings into its order shows it.
 */
export async function channelBlock({ InferenceSession, Tensor }: Runtime): Promise<number | undefined> {
  const domain = 'com.microsoft.nchwc';
  const shape = [1, 16, 1, 2];
  const probe = model(
    {
      name: 'polytask',
      nodes: [node({ type: 'ReorderInput', domain, name: 'probe', inputs: ['x'], outputs: ['y'], attributes: {} })],
      initializers: [],
      inputs: [valueInfo('x', 'float32', shape)],
      outputs: [valueInfo('y', 'float32', shape)],
    },
    [domain],
  );
  const session = await InferenceSession.create(probe, { executionProviders: ['cpu'], logSeverityLevel: 4 }).catch(
    () => undefined,
  );
  if (!session) return undefined;
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: 32 }, (_, index) => index),
    shape,
  );
  const { y } = await session.run({ x });
  await session.release();
  // the channels of the first pixel come first: entry c is pixel 0 of channel c, which is number 2c
  const values = y!.data as Float32Array;
  const block = values.findIndex((value, index) => value !== 2 * index);
  return block === -1 ? 16 : block;
}
