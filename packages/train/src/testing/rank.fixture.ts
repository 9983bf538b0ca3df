import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { HostTensor } from '@polytask/base';
import { read } from '@polytask/engine';
import { train } from './ranks.fixture.ts';

/* One of two processes that train together: a thread with a port to the other. */

const { rank, port } = workerData as { rank: number; port: MessagePort };

const received: unknown[] = [];
const waiting: ((message: unknown) => void)[] = [];
port.on('message', (message: unknown) => {
  const take = waiting.shift();
  if (take) take(message);
  else received.push(message);
});

/** Sends the own share and takes the other's. */
function swap<Share>(own: Share): Promise<Share> {
  port.postMessage(own);
  if (received.length > 0) return Promise.resolve(received.shift() as Share);
  return new Promise((resolve) => waiting.push(resolve as (message: unknown) => void));
}

const trained = await train(rank, 2, {
  async gradients(gradients) {
    const own = (await read(gradients)) as Readonly<Record<string, HostTensor>>;
    const other = await swap(own);
    return Object.fromEntries(
      Object.entries(own).map(([path, { data, ...spec }]) => [
        path,
        { ...spec, data: Float32Array.from(data, (value, index) => value + other[path]!.data[index]!) },
      ]),
    );
  },
  async numbers(own) {
    const other = await swap(own);
    return own.map((value, index) => value + other[index]!);
  },
});
parentPort!.postMessage(trained);
port.close();
