// Runs inside an empty project that installed the tarballs: `node release-smoke.mjs <package> …`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const names = process.argv.slice(2);
const require = createRequire(import.meta.url);

for (const name of names) {
  const imported = await import(name);
  const exported = Object.keys(imported).length;
  assert.deepEqual(
    Object.keys(require(name)).sort(),
    Object.keys(imported).sort(),
    `${name}: require and import differ`,
  );
  console.log(`    ${name}: ${exported} exports`);
}

/** Ten training steps of a small two-task model with what was installed; resolves to the device and the losses before and after. */
async function trainTenSteps() {
  const { equal } = await import('@polytask/balance');
  const { fold, hostTensor, key } = await import('@polytask/base');
  const { defineModel, dense } = await import('@polytask/core');
  const { openDevice } = await import('@polytask/engine');
  const { classify } = await import('@polytask/heads');
  const { adam, trainingStep } = await import('@polytask/train');

  const head = classify();
  const spec = head.fit(['no', 'yes']);
  const tasks = { left: head.task(spec), right: head.task(spec) };
  const model = defineModel({ encoder: dense({ units: 8, activation: 'tanh' }), inputShape: [2], tasks });
  const left = head.target(['yes', 'no', 'yes', null], spec);
  const right = head.target(['no', 'yes', null, 'yes'], spec);
  const batch = {
    inputs: hostTensor('float32', [4, 2], [1, -1, -1, 1, 2, -2, -2, 2]),
    targets: { left: left.tensors, right: right.tensors },
    counts: { left: left.count, right: right.count },
    size: 4,
    epoch: 0,
    last: true,
  };
  const device = await openDevice('auto');
  const step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });
  let state = step.init(key(1));
  const losses = [];
  for (let index = 0; index < 10; index++) {
    const done = await step.run(state, [batch], { learningRate: 0.05, key: fold(key(2), index) });
    state = done.state;
    losses.push(done.report.losses.left + done.report.losses.right);
  }
  return { device: device.description, before: losses[0], after: losses.at(-1) };
}

if (names.includes('@polytask/train')) {
  const { device, before, after } = await trainTenSteps();
  assert.ok(after < before, `ten steps took the loss from ${before} to ${after}`);
  console.log(`    ten steps on ${device}: loss ${before.toFixed(4)} → ${after.toFixed(4)}`);
}
