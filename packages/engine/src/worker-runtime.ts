import { PolytaskError, type TypedArray } from '@polytask/base';
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import { builtin } from './devices/host.ts';
import type { Spec } from './graph.ts';
import type { Runtime } from './onnx/session.ts';

/** What the thread is asked, without the number of the question. */
type Question = { readonly kind: 'create' | 'run' | 'read' | 'free' | 'release' } & Readonly<Record<string, unknown>>;

/** A tensor that lives in the thread: here is its number. */
class RemoteTensor {
  readonly type: Spec['dtype'];
  readonly dims: readonly number[];
  readonly buffer: number;
  readonly #read: (buffer: number) => Promise<TypedArray>;

  constructor({ dtype, shape }: Spec, buffer: number, read: (buffer: number) => Promise<TypedArray>) {
    this.type = dtype;
    this.dims = [...shape];
    this.buffer = buffer;
    this.#read = read;
  }

  getData(): Promise<TypedArray> {
    return this.#read(this.buffer);
  }
}

type Sent = {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data?: TypedArray;
  readonly buffer?: number;
};

/**
 * onnxruntime-node in a thread of its own, so that the event loop goes on while it computes.
 *
 * Tensors of `allocate` stay in the thread from run to run; others are copied there with each run, and results without a tensor to fill are
 * copied back. The thread does not keep the process alive unless it is computing.
 */
export async function workerRuntime(): Promise<{
  readonly runtime: Runtime;
  readonly allocate: (spec: Spec) => Tensor;
}> {
  const { ask, forget } = await openThread();
  let [sessions, buffers] = [0, 0];
  // Buffers that nobody here holds any more are freed there.
  const abandoned = new FinalizationRegistry<number>((buffer) => forget({ kind: 'free', buffer }));
  const read = (buffer: number) => ask({ kind: 'read', buffer }) as Promise<TypedArray>;

  const run = async (
    session: number,
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Tensor>> => {
    const copies: TypedArray[] = [];
    const sent = (tensor: Tensor | RemoteTensor): Sent => {
      const { type, dims } = tensor;
      if (tensor instanceof RemoteTensor) return { type, dims, buffer: tensor.buffer };
      const data = (tensor.data as TypedArray).slice();
      copies.push(data);
      return { type, dims, data };
    };
    const given = mapped(feeds, sent);
    const wanted = fetches && mapped(fetches, (tensor) => (isRemote(tensor) ? sent(tensor) : null));
    const transfer = copies.map(({ buffer }) => buffer as ArrayBuffer);
    const results = (await ask({ kind: 'run', session, feeds: given, fetches: wanted }, transfer)) as Record<
      string,
      Sent
    >;
    const tensors: Record<string, Tensor> = {};
    for (const [name, { type, dims, data }] of Object.entries(results)) {
      const target = fetches?.[name];
      if (target) (target.data as TypedArray).set(data!);
      tensors[name] = target ?? new Tensor(type as 'float32', data as Float32Array, dims);
    }
    // What was computed into stays alive until here.
    return { ...(fetches as Record<string, Tensor>), ...tensors };
  };

  const create = async (bytes: Uint8Array, options: InferenceSession.SessionOptions) => {
    const session = sessions++;
    await ask({ kind: 'create', session, bytes, options });
    let isProfiled = false;
    return {
      run: (feeds: Readonly<Record<string, Tensor>>, fetches?: Readonly<Record<string, Tensor | null>>) =>
        run(session, feeds, fetches),
      endProfiling() {
        isProfiled = true;
      },
      async release() {
        await ask({ kind: 'release', session, isProfiled });
      },
    };
  };

  const allocate = (spec: Spec): Tensor => {
    const buffer = buffers++;
    const tensor = new RemoteTensor(spec, buffer, read);
    abandoned.register(tensor, buffer);
    return tensor as never;
  };
  return { runtime: { InferenceSession: { create }, Tensor }, allocate };
}

const isRemote = (tensor: Tensor | null): tensor is Tensor => (tensor as object) instanceof RemoteTensor;

const mapped = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

/** Starts the thread. @throws PolytaskError E3105 when ONNX Runtime does not load there. */
async function openThread() {
  const { Worker } = builtin('node:worker_threads')!;
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), { execArgv: [] });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let count = 0;
  const settle = () => {
    if (waiting.size === 0) worker.unref();
  };
  const fail = (message: string) => {
    for (const { reject } of waiting.values()) reject(failure(message));
    waiting.clear();
  };
  worker.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    settle();
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(failure(error));
  });
  worker.on('error', (error: Error) => fail(error.message));
  worker.on('exit', (code) => fail(`it ended with code ${code}`));
  const ask = (question: Question, transfer: readonly ArrayBuffer[] = []): Promise<unknown> => {
    const id = count++;
    worker.ref();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question }, transfer);
    });
  };
  // The first answer says that ONNX Runtime has loaded.
  await ask({ kind: 'free', buffer: -1 });
  return { ask, forget: (question: Question) => worker.postMessage({ id: -1, ...question }) };
}

const failure = (message: string) =>
  new PolytaskError('internal', { code: 'E3105', message: `The thread of ONNX Runtime: ${message}` });
