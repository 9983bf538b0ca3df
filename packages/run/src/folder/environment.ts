import { createRequire } from 'node:module';
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import type { Device } from '@polytask/engine';
import { version_core } from '@tensorflow/tfjs-core';

/** Where a run was trained. */
export function environment(device: Device, threads: number) {
  const own = createRequire(import.meta.url)('@polytask/run/package.json') as { version: string };
  return {
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}`,
    host: hostname(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    device: { name: device.name, description: device.description, threads },
    versions: { '@polytask/run': own.version, '@tensorflow/tfjs-core': version_core },
    started: new Date().toISOString(),
  };
}
