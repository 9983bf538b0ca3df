import { availableParallelism, cpus, totalmem } from 'node:os';
import { PolytaskError } from '@polytask/base';
import { listDevices, openDevice } from '@polytask/engine';
import type { Terminal } from '../terminal.ts';
import { byteSize, counted, duration } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';
import { cut, plain } from '../text/width.ts';
import { version } from '../version.ts';
import { advice } from './advice.ts';
import type { DeviceFinding } from './finding.ts';
import { probe } from './probe.ts';
import { runtimeVersions } from './versions.ts';

const runtimes = ['onnxruntime-node', 'onnxruntime-web', '@tensorflow/tfjs-core'];

/** Prints what this machine offers, and tries it. @throws PolytaskError E3101 when nothing works. */
export async function doctor(terminal: Terminal): Promise<void> {
  const devices: DeviceFinding[] = [];
  for (const { name, available, detail } of await listDevices()) {
    terminal.status(`trying ${name}`);
    devices.push({ name, available, detail, ...(available && (await tryOut(name))) });
  }
  terminal.status();
  const versions = runtimeVersions(runtimes);
  const isMusl = process.platform === 'linux' && !isGlibc();
  const hints = advice(devices, { platform: process.platform, arch: process.arch, isMusl });
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
  if (!devices.some(isUsable)) throw new PolytaskError('usage', { code: 'E3101', message: 'No device works here.' });
}

const isUsable = ({ probe }: DeviceFinding): boolean => probe !== undefined;

async function tryOut(name: string): Promise<Pick<DeviceFinding, 'probe' | 'error'>> {
  try {
    return { probe: await probe(await openDevice(name)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function deviceTable(devices: readonly DeviceFinding[], { paint, columns }: Terminal): string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const first = devices.findIndex(isUsable);
  const rows = devices.map((device, index) => {
    const { name, available, detail, probe: result, error } = device;
    const state = result ? paint('green', 'works') : available ? paint('red', 'fails') : 'absent';
    const times = result ? [duration(result.matrixProductMs), duration(result.trainingStepMs)] : ['', ''];
    const mark = index === first ? ' (auto)' : '';
    return [`${name}${mark}`, state, ...times, cut(reason(error ?? detail), Math.max(40, columns - 60))];
  });
  return table(
    [{ title: 'device' }, { title: '' }, right('matrix product'), right('training step'), { title: '' }],
    rows,
    { head: (line) => paint('dim', line) },
  );
}

/** Without what helps only us: the code, and which of our files asked for a package. */
const reason = (text: string): string => plain(text.replace(/^E\d{4} /, '').replace(/ imported from [^;)\s]+/g, ''));

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}
