import type { PretrainEvent } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { counted, decimal, duration, grouped, percent } from '../text/numbers.ts';

/** Without a terminal to update a line on, a line comes this often. */
const plainEveryMs = 10_000;
const liveEveryMs = 100;

/** Shows how pretraining goes: one updating line on a terminal, now and then a line elsewhere, and a line per evaluation. */
export function pretrainProgress(
  terminal: Terminal,
  now: () => number = () => performance.now(),
): (event: PretrainEvent) => void {
  let steps = 0;
  let first: { at: number; step: number } | undefined;
  let shownAt = now();
  return (event) => {
    if (event.type === 'start') {
      steps = event.steps;
      const { training, heldOut } = event.texts;
      terminal.note(
        `${grouped(training)} texts to learn from, ${grouped(heldOut)} held out; ${counted(event.vocabulary, 'token')}, ${counted(event.parameters, 'parameter')}`,
        `${counted(event.steps, 'step')} (${grouped(event.stepsPerEpoch)} an epoch) on ${event.device}`,
      );
    } else if (event.type === 'evaluation') {
      const { step, loss, perplexity, accuracy, halves } = event;
      const found = halves ? `  halves found ${percent(halves.accuracy)}` : '';
      terminal.note(
        `step ${grouped(step)}/${grouped(steps)}  held out: loss ${decimal(loss)}  perplexity ${decimal(perplexity)}  guessed ${percent(accuracy)}${found}`,
      );
    } else {
      const time = now();
      first ??= { at: time, step: event.step };
      if (time - shownAt < (terminal.isLive ? liveEveryMs : plainEveryMs)) return;
      shownAt = time;
      // the first step compiles the program
      const taken = event.step - first.step;
      const left = taken > 0 ? `  ${duration(((time - first.at) / taken) * (steps - event.step))} left` : '';
      const line = `epoch ${event.epoch + 1}  step ${grouped(event.step)}/${grouped(steps)}  loss ${decimal(event.loss)}${left}`;
      if (terminal.isLive) terminal.status(line);
      else terminal.note(line);
    }
  };
}
