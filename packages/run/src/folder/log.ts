import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** A file of one JSON object per line that can be cut back to an earlier length. */
export interface Log extends Disposable {
  /** Bytes in it. */
  readonly length: number;
  write(line: unknown): void;
  /** Returns when everything written is on the disk. */
  sync(): void;
}

/** Opens a log at a length: 0 for a new one. What comes after is cut off. */
export function openLog(path: string, length: number): Log {
  const file = openSync(path, length === 0 ? 'w' : 'r+');
  ftruncateSync(file, length);
  let end = length;
  return {
    get length() {
      return end;
    },
    write(line) {
      end += writeSync(file, `${JSON.stringify(line)}\n`, end);
    },
    sync: () => fsyncSync(file),
    [Symbol.dispose]: () => closeSync(file),
  };
}
