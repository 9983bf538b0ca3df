import type { RunEvent } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted, decimal, duration, grouped, signed } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { table } from '../text/table.ts';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;
type Clock = () => number;

/** Without a terminal to update a line on, a line comes this often. */
const plainEveryMs = 10_000;
const liveEveryMs = 100;
/** So many are shown; of more, nobody would find one in a line or a table. */
const mostTasks = 12;

/** Shows how training goes: one updating line on a terminal, now and then a line elsewhere, a few lines per evaluation. */
export function progress(terminal: Terminal, now: Clock = () => performance.now()): (event: RunEvent) => void {
  const { paintNote } = terminal;
  let start: EventOf<'start'> | undefined;
  let last: EventOf<'step'> | undefined;
  let shownAt = now();
  const previous: Record<string, number> = {};

  const place = (epoch: number, step: number): string => {
    const epochs = start ? `/${Math.ceil(start.steps / start.stepsPerEpoch)}` : '';
    return `epoch ${epoch + 1}${epochs}  step ${grouped(step)}${start ? `/${grouped(start.steps)}` : ''}`;
  };

  const onStart = (event: EventOf<'start'>) => {
    start = event;
    const { train, validation, test } = event.examples;
    const epochs = decimal(event.steps / event.stepsPerEpoch).replace(/\.0+$/, '');
    terminal.note(
      `${paintNote('bold', event.name)}  ${grouped(train)} training, ${grouped(validation)} validation, ${grouped(test)} test examples; ${counted(event.parameters, 'parameter')}`,
      `${counted(event.steps, 'step')} (${epochs} ${epochs === '1' ? 'epoch' : 'epochs'} of ${event.stepsPerEpoch}) on ${event.device}`,
      `${event.step > 0 ? `Goes on at step ${grouped(event.step)} in` : 'Run folder'} ${shownPath(event.folder)}`,
      ...noteLines(event.notes, terminal),
    );
  };

  const onStep = (event: EventOf<'step'>) => {
    last = event;
    const time = now();
    if (time - shownAt < (terminal.isLive ? liveEveryMs : plainEveryMs)) return;
    shownAt = time;
    const tasks = Object.entries(event.losses);
    const losses = tasks.slice(0, mostTasks).map(([task, loss]) => `${task} ${decimal(loss)}`);
    if (tasks.length > mostTasks) losses.push(`… ${tasks.length - mostTasks} more`);
    const pace = `${grouped(Math.round(event.examplesPerSecond))} examples/s`;
    const line = [place(event.epoch, event.step), ...losses, pace, `${duration(event.secondsLeft * 1000)} left`].join(
      '  ',
    );
    if (terminal.isLive) terminal.status(line);
    else terminal.note(line);
  };

  const onEvaluation = ({ part, epoch, step, tasks, score, improved, next }: EventOf<'evaluation'>) => {
    if (part === 'test') return;
    const best = improved ? `  ${paintNote('green', '▲ best')}` : '';
    const all = Object.entries(tasks);
    const rows = all.slice(0, mostTasks).map(([task, { metrics, loss, labels }]) => {
      const cells = Object.entries(metrics).map(([name, value], index) => {
        const text = `${name} ${decimal(value)}`;
        if (index > 0 || value === null) return text;
        const before = previous[task];
        previous[task] = value;
        return before === undefined ? text : `${text} ${signed(value - before, value)}`;
      });
      const weight = last?.weights[task];
      return [
        task,
        ...cells,
        `loss ${decimal(loss)}`,
        ...(weight === undefined ? [] : [`weight ${decimal(weight)}`]),
        counted(labels, 'label'),
      ];
    });
    const columns = Array.from({ length: Math.max(...rows.map(({ length }) => length)) }, () => ({ title: '' }));
    const further =
      all.length > mostTasks ? [`  … ${all.length - mostTasks} more tasks; metrics.ndjson has them all`] : [];
    terminal.note(
      `${place(epoch, step)}  score ${decimal(score)}${best}`,
      ...table(columns, rows, { indent: 2 }),
      ...further,
      ...(next ? [`  next epoch: the easiest ${grouped(next.examples)} of ${counted(next.of, 'example')}`] : []),
    );
  };

  return (event) => {
    if (event.type === 'start') onStart(event);
    else if (event.type === 'step') onStep(event);
    else if (event.type === 'evaluation') onEvaluation(event);
  };
}
