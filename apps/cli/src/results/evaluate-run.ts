import { PolytaskError } from '@polytask/base';
import {
  compareSingleTask,
  openRun,
  type Run,
  type RunEvaluation,
  readRunFile,
  readSource,
  type SingleTaskComparison,
} from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted, grouped } from '../text/numbers.ts';

import { costTable } from './cost-table.ts';
import { findTrained } from './find-trained.ts';
import { jsonMajority, jsonScores } from './json-scores.ts';
import { scoreTable } from './score-table.ts';

export type EvaluateOptions = CommonOptions & {
  readonly data?: string;
  readonly part?: 'train' | 'validation' | 'test';
  readonly singleTask?: boolean;
  readonly device?: string;
  readonly runFile?: string;
};

/** Prints what the best weights of a run score, and with `--single-task` what separate models score and cost. */
export async function evaluateRun(name: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const folder = await findTrained(name);
  const run = options.runFile === undefined ? undefined : await readRunFile(options.runFile);
  const evaluation = await judge(folder, options, run);
  const comparison = options.singleTask ? await compare(folder, run, terminal) : undefined;
  const single =
    comparison && Object.fromEntries(Object.entries(comparison.single).map(([task, { scores }]) => [task, scores]));
  const { tasks, majority, data, examples, leftOut, notes } = evaluation;
  terminal.print(
    `${terminal.paint('bold', folder)} on ${options.data ?? `its ${data} part`}, ${counted(examples, 'example')}`,
    '',
    ...scoreTable({ tasks, majority, single: single as typeof tasks | undefined }, terminal.paint),
    ...leftOutLines(leftOut),
    ...(comparison ? ['', ...costTable(comparison, terminal.paint)] : []),
  );
  terminal.note(...noteLines(notes, terminal));
  if (terminal.json) {
    const singleTask = comparison && { ...jsonScores(single as typeof tasks), cost: costs(comparison) };
    terminal.emit({
      run: folder,
      data,
      examples,
      ...jsonScores(tasks),
      majority: jsonMajority(majority),
      leftOut,
      notes,
      ...(singleTask && { singleTask }),
    });
  }
}

/** Scores on a part of the labels must not look like scores on all. */
function leftOutLines(leftOut: RunEvaluation['leftOut']): string[] {
  const some = Object.entries(leftOut).filter(([, count]) => count > 0);
  if (some.length === 0) return [];
  const counts = some.map(([task, count]) => `${counted(count, 'label')} of ${task}`).join(', ');
  return ['', `Left out, because training did not have them: ${counts}.`];
}

async function judge(
  folder: string,
  { data, part, device }: EvaluateOptions,
  run: Run | undefined,
): Promise<RunEvaluation> {
  await using opened = await openRun(folder, { ...(device !== undefined && { device }), ...(run && { run }) });
  if (data !== undefined) return await opened.evaluate({ file: readSource(data) });
  if (part !== undefined) return await opened.evaluate({ part });
  try {
    return await opened.evaluate({ part: 'test' });
  } catch (error) {
    // a run need not have a test part
    if (PolytaskError.is(error) && error.code === 'E6012') return await opened.evaluate({ part: 'validation' });
    throw error;
  }
}

async function compare(folder: string, run: Run | undefined, terminal: Terminal): Promise<SingleTaskComparison> {
  terminal.note('Training one model per task with the same budget.');
  let shownAt = 0;
  const comparison = await compareSingleTask(folder, {
    ...(run && { run }),
    onEvent({ task, step, steps }) {
      if (performance.now() - shownAt < 100 && step < steps) return;
      shownAt = performance.now();
      terminal.status(`${task} alone  step ${grouped(step)}/${grouped(steps)}`);
    },
  });
  terminal.status();
  return comparison;
}

function costs({ joint, single, total }: SingleTaskComparison) {
  const of = ({ seconds, steps, parameters, peakMemory }: typeof total) => ({ seconds, steps, parameters, peakMemory });
  const tasks = Object.fromEntries(Object.entries(single).map(([task, cost]) => [task, of(cost)]));
  return { joint: of(joint), tasks, total: of(total) };
}
