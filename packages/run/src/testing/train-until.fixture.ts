// A process of its own, to be killed: trains the tiny run and stands still after the given step.
import { writeSync } from 'node:fs';
import { readRunFile } from '../config/read-run-file.ts';
import { trainRun } from '../train-run.ts';

const [file, out, stopAt] = process.argv.slice(2) as [string, string, string];
await trainRun(await readRunFile(file), {
  out,
  onEvent: (event) => {
    if (event.type !== 'step' || event.step !== Number(stopAt)) return;
    writeSync(1, 'here\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
