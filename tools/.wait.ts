import { readRunFile } from '@polytask/run';
import { prepare } from '../packages/run/src/prepare.ts';
import { openSession } from '../packages/run/src/session.ts';
import { deviceOf } from '../packages/run/src/device.ts';
for (const f of process.argv.slice(2)) {
const run = await readRunFile(f, { set: ['train.epochs=3'] });
const p = await prepare(run);
let wait = 0; const next = p.batches.next.bind(p.batches);
(p as any).batches = { ...p.batches, next() { const t = performance.now(); const b = next(); wait += performance.now() - t; return b; } };
const { device } = await deviceOf(run.config);
const s = openSession(p, device);
let steps = 0, t0 = 0, w0 = 0;
for await (const e of s.events({})) { if (e.type === 'step') { steps++; if (steps === 10) { t0 = performance.now(); w0 = wait; } if (steps === 60) { const t = performance.now() - t0; console.log(f, 'batch', ((wait - w0)/50).toFixed(2), 'ms of', (t/50).toFixed(2), 'ms per step:', (100*(wait-w0)/t).toFixed(1), '%'); break; } } }
}
process.exit(0);
