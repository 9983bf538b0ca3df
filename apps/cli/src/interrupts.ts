type Signal = 'SIGINT' | 'SIGTERM';

export interface Interrupts {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  [Symbol.dispose](): void;
}

/** Turns the first Ctrl-C or SIGTERM into an abort. From then on they end the process as always. */
export function interrupts(onFirst: (signal: Signal) => void): Interrupts {
  const controller = new AbortController();
  const names: readonly Signal[] = ['SIGINT', 'SIGTERM'];
  const release = () => {
    for (const name of names) process.off(name, first);
  };
  const first = (name: Signal) => {
    release();
    onFirst(name);
    controller.abort(name);
  };
  for (const name of names) process.on(name, first);
  return { signal: controller.signal, [Symbol.dispose]: release };
}
