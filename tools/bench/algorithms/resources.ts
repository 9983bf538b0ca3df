import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { grouped, machine, markdownTable, note, type Section, type Settings } from './markdown.ts';
import type { Resources } from './resources-child.ts';

const child = fileURLToPath(new URL('resources-child.ts', import.meta.url));

/** One joint model against one model per task: time, memory, parameters, latency. */
export const resources: Section = { name: 'resources', measure };

async function measure({ quick }: Settings): Promise<string[]> {
  const names = ['topic', 'sentiment'];
  const rounds = quick ? 1 : 2;
  const run = (tasks: readonly string[]): Resources => {
    note(tasks.join(', '));
    return JSON.parse(
      execFileSync(process.execPath, [...process.execArgv, child, tasks.join(',')], { encoding: 'utf8' }),
    );
  };
  const best = (tasks: readonly string[]): Resources => {
    const ones = Array.from({ length: rounds }, () => run(tasks));
    const least = (what: 'seconds' | 'peakMiB' | 'latency') => Math.min(...ones.map((one) => one[what]));
    return { ...ones[0]!, seconds: least('seconds'), peakMiB: least('peakMiB'), latency: least('latency') };
  };
  const joint = best(names);
  const alone = names.map((task) => best([task]));
  const sum = (what: 'seconds' | 'parameters' | 'latency' | 'peakMiB') =>
    alone.reduce((total, one) => total + one[what], 0);
  const line = (name: string, one: Omit<Resources, 'accuracy'>) => [
    name,
    `${one.seconds.toFixed(1)} s`,
    `${one.peakMiB.toFixed(0)} MiB`,
    grouped(one.parameters),
    `${one.latency.toFixed(3)} ms`,
  ];
  const total = {
    seconds: sum('seconds'),
    peakMiB: sum('peakMiB'),
    parameters: sum('parameters'),
    latency: sum('latency'),
  };
  const ratio = (what: keyof typeof total) => (joint[what] / total[what]).toFixed(2);
  return [
    `Each in a process of its own on one thread, the least of ${rounds} rounds; ${machine()}. Memory is the peak of the process, Node and ONNX Runtime included.`,
    '',
    ...markdownTable(
      ['', 'training', 'peak memory', 'parameters', 'one text'],
      [
        line('one model for both tasks', joint),
        ...names.map((task, at) => line(`${task} alone`, alone[at]!)),
        line('both alone, one after the other', total),
        ['one model / both alone', ratio('seconds'), ratio('peakMiB'), ratio('parameters'), ratio('latency')],
      ],
    ),
  ];
}
