import { PolytaskError, type TypedArray } from '@polytask/base';
import type { PlaceAttributes, ScanAttributes } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { at, callSite } from './call-site.ts';
import type { Attributes, Graph, Value } from './graph.ts';
import { kernels } from './kernels/index.ts';
import { gradientPlace } from './place.ts';
import {
  addConstant,
  info,
  isTracing,
  newRecording,
  record,
  recordAt,
  recordIn,
  requireTrace,
  tracedValue,
  valueOfId,
} from './recording.ts';
import { scanOf } from './scan/body.ts';
import { recordScanGradient } from './scan/gradient.ts';
import { recordScan } from './scan/record.ts';

const backendName = 'polytask-trace';

/** The backend that tfjs runs on while a program is traced: it stores nothing and computes nothing. */
class TraceBackend extends tf.KernelBackend {
  override write(data: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return { value: addConstant(data as TypedArray | number[] | boolean[], shape, dtype) };
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  decRef(): void {}
  override disposeData(): boolean {
    return true;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override readSync(dataId: object): tf.BackendValues {
    const { source, dtype } = valueOfId(dataId);
    if (source.kind === 'constant')
      return dtype === 'bool' ? Uint8Array.from(source.data) : (source.data as Float32Array);
    throw new PolytaskError('usage', {
      code: 'E3002',
      message: `A compiled program reads the values of a tensor${at(callSite())}, but they are not known before it runs.`,
      fix: 'Return the tensor from the program, or decide on shapes instead of values.',
    });
  }
  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }
  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    throw new PolytaskError('internal', {
      code: 'E3005',
      message: `The tracer was asked to take over ${typeof dataId} ${dtype}[${shape}] ${typeof values}.`,
    });
  }
}

/** Kernels whose result is a list also where it has one entry: `unstack` of an axis of length 1. */
const alwaysLists: ReadonlySet<string> = new Set(['SplitV', 'Unpack']);

function registerBackend(): void {
  if (tf.engine().registryFactory[backendName]) return;
  tf.registerBackend(backendName, () => new TraceBackend(), 0);
  registerPlaces();
  for (const name of kernelNames()) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const outputs = record(name, inputs as Record<string, tf.TensorInfo>, (attrs ?? {}) as Attributes);
        return outputs.length === 1 && !alwaysLists.has(name) ? outputs[0]! : outputs;
      },
    });
  }
  for (const [kernelName, recordLoop] of Object.entries(loops)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => recordLoop(Object.values(inputs) as tf.TensorInfo[], attrs as never).map(info),
    });
  }
}

/** The kernel by which core tells where calls stand. */
function registerPlaces(): void {
  tf.registerKernel({
    kernelName: 'Place',
    backendName,
    kernelFunc({ attrs }) {
      const { name, gradientOf, pass, body } = attrs as unknown as PlaceAttributes;
      const { place } = requireTrace();
      if (gradientOf) recordAt(gradientPlace(gradientOf.map(standsFor), place), body);
      else
        recordAt(
          { ...place, layers: name === undefined ? place.layers : [...place.layers, name], pass: pass ?? place.pass },
          body,
        );
      return [];
    },
  });
}

/** The value of a tensor on a tape, which may belong to a recording that has ended. */
const standsFor = ({ dataId }: tf.TensorInfo): Value => (dataId as { value: Value }).value;

/** Kernels that core asks for by its own names: loops, whose step is recorded in a recording of its own. */
const loops: Readonly<Record<string, (inputs: readonly tf.TensorInfo[], attributes: ScanAttributes) => Value[]>> = {
  Scan: (inputs, attributes) => {
    const node = recordScan(inputs, attributes);
    return node.outputs.slice(0, attributes.carries + scanOf(node)!.body.asked);
  },
  ScanGradient: recordScanGradient,
};

/** Every kernel name that tfjs-core exports: an unsupported one must be refused by us, with the line that called it. */
function kernelNames(): string[] {
  const exported = Object.entries(tf).filter(([name, value]) => typeof value === 'string' && /^_?[A-Z]/.test(name));
  return [...new Set([...exported.map(([, value]) => value as string), ...Object.keys(kernels)])];
}

/**
 * Runs `body` with tfjs recording instead of computing and returns what was recorded.
 *
 * The active tfjs backend is the same afterwards as before.
 */
export function trace(body: () => ReadonlyMap<string, tf.Tensor>, { sites = false } = {}): Graph {
  if (isTracing())
    throw new PolytaskError('usage', {
      code: 'E3007',
      message: 'A compiled program was called while another one is being traced.',
    });
  registerBackend();
  const engine = tf.engine();
  const before = engine.backendName as string | null;
  const recording = newRecording({ sites });
  try {
    void tf.setBackend(backendName);
    const outputs = new Map<string, Value>();
    recordIn(recording, () =>
      tf.tidy(() => {
        for (const [name, tensor] of body()) outputs.set(name, tracedValue(tensor));
      }),
    );
    return { nodes: recording.nodes, values: [...recording.values], outputs, handOvers: recording.handOvers };
  } finally {
    if (before && before !== backendName) void tf.setBackend(before);
    else {
      // No backend was chosen yet: leave that to tfjs, as if the trace had not been.
      Object.assign(engine, { backendName: before, backendInstance: null });
    }
  }
}
