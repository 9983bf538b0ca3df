/**
 * Trains the same programs in a browser tab and in Node, on every device there is, and compares the losses of 20 steps.
 *
 *   pnpm test:browser
 *
 * Uses the Chromium of $POLYTASK_CHROMIUM or of the system; without one it says so and succeeds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { openDevice } from '@polytask/engine';
import type { Browser } from 'playwright-core';
import { findChromium, launch } from './chromium.ts';
import type { Page, Trained } from './page.ts';
import { type Site, site } from './site.ts';
import { type Losses, lossesOn, type Row, rowCount, steps } from './trainings.ts';

const tolerance = 1e-3;

/** What every browser and every Node has; the others need a GPU, or a driver that plays one. */
const required = ['onnx-web', 'wasm', 'cpu'];
const inBrowser = ['onnx-web', 'onnx-webgpu', 'wasm', 'webgpu', 'webgl', 'cpu'];

/** The largest |a − b| / |b| over all steps and tasks; losses near 0 are compared as such. */
const difference = (found: readonly number[], expected: readonly number[]): number =>
  Math.max(
    ...expected.map((value, index) => Math.abs(found[index]! - value) / Math.max(Math.abs(value), 0.1)),
    found.length === expected.length ? 0 : Number.POSITIVE_INFINITY,
  );

/** Prints how a device fared, and whether that is right. */
function report(title: string, isRequired: boolean, trained: Trained, expected: Losses): boolean {
  const line = (mark: string, text: string) => console.log(`${mark} ${title.padEnd(21)} ${text}`);
  if ('refusal' in trained) {
    line(isRequired ? '✗' : '–', `not available: ${trained.refusal}`);
    return !isRequired;
  }
  if ('failure' in trained) {
    line('✗', `fails: ${trained.failure}`);
    return false;
  }
  const { losses, description, milliseconds, kernels } = trained;
  const differences = Object.entries(expected).map(
    ([name, values]) => [name, difference(losses[name] ?? [], values)] as const,
  );
  const wrong = kernels?.differences ?? [];
  const isRight = differences.every(([, found]) => found <= tolerance) && wrong.length === 0;
  const shown = differences.map(([name, found]) => `${name} ${found.toExponential(1)}`).join(', ');
  line(isRight ? '✓' : '✗', `${description}: compared in ${(milliseconds / 1000).toFixed(1)} s`);
  const more = (text: string) => console.log(`${' '.repeat(24)}${text}`);
  more(`max relative difference: ${shown}`);
  if (kernels) more(`${kernels.kernels} kernels with their gradients, ${wrong.length || 'none'} different from tfjs`);
  for (const text of wrong) more(text);
  return isRight;
}

/** A page of its own for each device, so that none sees what another left. */
async function inPage(browser: Browser, { address }: Site, name: string, rows: readonly Row[]): Promise<Trained> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('crash', () => problems.push('the page crashed'));
  try {
    await page.goto(address);
    await page.waitForFunction(() => 'polytask' in globalThis, undefined, { timeout: 120_000 });
    return await page.evaluate(
      ([device, given, threads]) =>
        (globalThis as unknown as { polytask: Page }).polytask.train(device, given, threads),
      [name, rows, Math.min(4, availableParallelism())] as const,
    );
  } catch (error) {
    return { failure: [(error as Error).message.split('\n')[0], ...problems].join('; ') };
  } finally {
    await page.close();
  }
}

/** onnxruntime-node with WebGPU; Chromium brings a driver that runs it in software. */
async function nativeWebgpu(executable: string, rows: readonly Row[]): Promise<Trained> {
  const software = join(dirname(executable), 'vk_swiftshader_icd.json');
  const found = [software, '/usr/lib/chromium/vk_swiftshader_icd.json'].find((path) => existsSync(path));
  if (found) process.env.VK_ICD_FILENAMES ??= found;
  const device = await openDevice('onnx-webgpu', { threads: 1 }).catch((error: Error) => error);
  if (device instanceof Error) return { refusal: device.message };
  const start = performance.now();
  try {
    const losses = await lossesOn(device, rows);
    return { losses, description: device.description, milliseconds: performance.now() - start };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

async function main(): Promise<boolean> {
  const executable = findChromium();
  if (!executable) {
    console.log('– browser suite skipped: no Chromium here. Install it, or set POLYTASK_CHROMIUM to its path.');
    return true;
  }
  const rows = readFileSync(new URL('../../examples/news/headlines.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .slice(0, rowCount)
    .map((line): Row => JSON.parse(line));
  const expected = await lossesOn(await openDevice('onnx', { threads: 1 }), rows);
  await using served = await site();
  const browser = await launch(executable);
  console.log(
    `${steps} training steps, compared with onnxruntime in Node ${process.versions.node}; Chromium ${browser.version()}`,
  );
  let isRight = true;
  try {
    for (const name of inBrowser) {
      const trained = await inPage(browser, served, name, rows);
      isRight = report(`browser ${name}`, required.includes(name), trained, expected) && isRight;
    }
  } finally {
    await browser.close();
  }
  isRight = report('Node onnx-webgpu', false, await nativeWebgpu(executable, rows), expected) && isRight;
  console.log(isRight ? '✓ browser' : '✗ browser');
  return isRight;
}

process.exitCode = (await main().catch((error: Error) => console.error(`✗ browser: ${error.message}`))) ? 0 : 1;
