import { availableParallelism, cpus, totalmem } from 'node:os';
import { PolytaskError } from '@polytask/base';
import { deviceNames } from '@polytask/engine';
import type { Terminal } from '../terminal.ts';
import { byteSize, counted, duration } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';
import { cut, plain } from '../text/width.ts';
import { version } from '../version.ts';
import { advice } from './advice.ts';
import type { DeviceFinding } from './finding.ts';
import { describePlacement } from './placement.ts';
import { tryDevice, tryHere } from './try-device.ts';
import { runtimeVersions } from './versions.ts';

const runtimes = ['onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs-core'];

/** `auto` is the first of these that works. */
const automatic = ['onnx-node', 'onnx-web'];

/**
 * Prints what this machine offers, and tries it.
 *
 * @param only the one device to try; all of them when left out.
 * @throws PolytaskError E3100 when there is no such device, E3101 when nothing works.
 */
export async function doctor(terminal: Terminal, only?: string): Promise<void> {
  const devices: DeviceFinding[] = [];
  for (const name of only === undefined ? allDevices : [only]) {
    terminal.status(`trying ${name}`);
    devices.push(await (only === undefined ? tryDevice(name) : tryHere(name)));
  }
  terminal.status();
  const versions = runtimeVersions(runtimes);
  const isMusl = process.platform === 'linux' && !isGlibc();
  const hints = only !== undefined ? [] : advice(devices, { platform: process.platform, arch: process.arch, isMusl });
  const machine = {
    polytask: version(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}${isMusl ? ' (musl)' : ''}`,
    processor: cpus()[0]?.model.trim() || 'unknown',
    threads: availableParallelism(),
    memory: totalmem(),
  };
  const facts = [
    ['polytask', machine.polytask],
    ['Node', machine.node],
    ['platform', machine.platform],
    ['processor', `${machine.processor}, ${counted(machine.threads, 'thread')}`],
    ['memory', byteSize(machine.memory)],
    ...runtimes.map((name) => [name, versions[name] ?? 'not installed']),
  ];
  terminal.print(
    ...table([{ title: '' }, { title: '' }], facts),
    '',
    ...deviceTable(devices, terminal),
    ...(hints.length > 0 ? ['', ...hints] : []),
  );
  if (terminal.json) terminal.emit({ ...machine, versions, devices, advice: hints });
  if (!devices.some(isUsable))
    throw new PolytaskError('usage', {
      code: 'E3101',
      message: only === undefined ? 'No device works here.' : `${only} does not work here.`,
    });
}

/** Without the names that stand for the best of several. */
const allDevices = deviceNames.filter((name) => !['auto', 'onnx', 'tfjs'].includes(name));

const isUsable = ({ probe }: DeviceFinding): boolean => probe !== undefined;

function deviceTable(devices: readonly DeviceFinding[], { paint, columns }: Terminal): string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const first = automatic.find((name) => devices.some((device) => device.name === name && isUsable(device)));
  const rows = devices.map(({ name, available, detail, probe: result, placement, error }) => {
    const state = result ? paint('green', 'works') : available ? paint('red', 'fails') : 'absent';
    const shown = result
      ? [duration(result.matrixProductMs), duration(result.trainingStepMs), losses(result.losses)]
      : ['', '', ''];
    const mark = name === first ? ' (auto)' : '';
    const about = placement ? `${detail}; ${describePlacement(placement)}` : detail;
    return [`${name}${mark}`, state, ...shown, cut(reason(error ?? about), Math.max(40, columns - 76))];
  });
  return table(
    [
      { title: 'device' },
      { title: '' },
      right('matrix product'),
      right('training step'),
      { title: 'loss' },
      { title: '' },
    ],
    rows,
    { head: (line) => paint('dim', line) },
  );
}

/** The same on all devices. */
const losses = ([first, last]: readonly [number, number]): string => `${first.toFixed(3)} → ${last.toFixed(3)}`;

/** Without what helps only us: the code, and which of our files asked for a package. */
const reason = (text: string): string => plain(text.replace(/^E\d{4} /, '').replace(/ imported from [^;)\s]+/g, ''));

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}
