import type { Cost, SingleTaskComparison } from '@polytask/run';
import type { Paint } from '../terminal.ts';
import { byteSize, duration, grouped } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** What one joint model costs beside one model per task. */
export function costTable({ joint, single, total }: SingleTaskComparison, paint: Paint): string[] {
  const cells = (name: string, { seconds, steps, parameters, peakMemory }: Cost) => [
    name,
    duration(seconds * 1000),
    grouped(steps),
    grouped(parameters),
    byteSize(peakMemory),
  ];
  const rows = [
    cells('one multi-task model', joint),
    ...Object.entries(single).map(([task, cost]) => cells(`${task} alone`, cost)),
    cells(`${Object.keys(single).length} separate models`, total),
  ];
  return [
    ...table([{ title: 'cost' }, right('time'), right('steps'), right('parameters'), right('peak memory')], rows, {
      head: (line) => paint('dim', line),
    }),
    paint('dim', 'Peak memory is that of the whole process; the separate models are trained one after another.'),
  ];
}
