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

/**
 * ── TO FILL IN ────────────────────────────────────────────────────────────────────────────────────────────────
 * Ten training steps with the installed `@polytask/train`; resolves to the loss before and after. Until it is
 * written it resolves to undefined, and this script says that nothing was trained.
 * ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
 */
const trainTenSteps = async () => {
  await import('@polytask/train');
  return undefined;
};

if (names.includes('@polytask/train')) {
  const losses = await trainTenSteps();
  if (losses === undefined)
    console.log('    TO FILL IN: trainTenSteps() in tools/release-smoke.mjs trains nothing yet');
  else {
    assert.ok(losses.after < losses.before, `ten steps took the loss from ${losses.before} to ${losses.after}`);
    console.log(`    ten steps took the loss from ${losses.before.toFixed(4)} to ${losses.after.toFixed(4)}`);
  }
}
