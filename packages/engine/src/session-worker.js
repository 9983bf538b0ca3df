// The thread that ONNX Runtime computes in; `worker-runtime.ts` speaks with it. Plain JavaScript, so that the sources run without a build too.

import { parentPort } from 'node:worker_threads';
import * as module from 'onnxruntime-node';

const { InferenceSession, Tensor } = module.InferenceSession ? module : module.default;
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

const sessions = new Map();
const buffers = new Map();

/** A tensor that came along, or the one behind a number, which is made when first used. */
function tensorOf({ buffer, type, dims, data }) {
  if (buffer === undefined) return new Tensor(type, data, dims);
  const known = buffers.get(buffer);
  if (known) return known;
  const size = dims.reduce((product, axis) => product * axis, 1);
  const made = new Tensor(type, new arrays[type](size), dims);
  buffers.set(buffer, made);
  return made;
}

const mapped = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

const answers = {
  async create({ session, bytes, options }) {
    sessions.set(session, await InferenceSession.create(bytes, options));
  },
  async run({ session, feeds, fetches }) {
    const given = mapped(feeds, tensorOf);
    const wanted = fetches && mapped(fetches, (fetch) => (fetch === null ? null : tensorOf(fetch)));
    const results = wanted ? await sessions.get(session).run(given, wanted) : await sessions.get(session).run(given);
    const shown = Object.entries(results).filter(([name]) => !wanted || wanted[name] === null);
    // copies: the arrays of the runtime are its own
    return Object.fromEntries(shown.map(([name, { type, dims, data }]) => [name, { type, dims, data: data.slice() }]));
  },
  async read({ buffer }) {
    return buffers.get(buffer).data.slice();
  },
  async free({ buffer }) {
    buffers.delete(buffer);
  },
  async release({ session, isProfiled }) {
    if (isProfiled) sessions.get(session).endProfiling();
    await sessions.get(session).release();
    sessions.delete(session);
  },
};

parentPort.on('message', async ({ id, kind, ...what }) => {
  try {
    parentPort.postMessage({ id, result: await answers[kind](what) });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
