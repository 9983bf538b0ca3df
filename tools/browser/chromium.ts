import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/lib/chromium/chromium-headless-shell',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium of this machine: $POLYTASK_CHROMIUM, or where systems install it. @throws Error when the named one is missing. */
export function findChromium(
  named = process.env.POLYTASK_CHROMIUM,
  among: readonly string[] = places,
): string | undefined {
  if (named && !existsSync(named)) throw new Error(`POLYTASK_CHROMIUM is ${named}, where there is no file.`);
  return named || among.find((path) => existsSync(path));
}

/** Starts it without a window. WebGPU and WebGL run in software where there is no GPU. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--enable-unsafe-webgpu',
      '--enable-unsafe-swiftshader',
      // Chromium's sandbox refuses to run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
