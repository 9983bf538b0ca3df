import { describeSelectorLaws } from '../testing/selector-laws.ts';
import { exp3 } from './exp3.ts';
import { fixedTasks } from './fixed-tasks.ts';
import { learningProgress } from './learning-progress.ts';
import { mixed } from './mixed.ts';
import { onLossProgress } from './on-loss-progress.ts';
import { priority } from './priority.ts';
import { rescaled } from './rescaled.ts';
import { ucb1 } from './ucb1.ts';

const any = { rewards: [-1e6, 1e6] } as const;
const sizes = (count: number) => Array.from({ length: count }, (_, task) => 10 ** task);

describeSelectorLaws(() => fixedTasks(), any);
describeSelectorLaws((count) => fixedTasks({ tasks: [count - 1], inTurn: true }), any);
describeSelectorLaws(() => fixedTasks({ inTurn: true }), any);
describeSelectorLaws((count) => priority({ sizes: sizes(count), temperature: 2 }), any);
describeSelectorLaws(() => exp3());
describeSelectorLaws(() => exp3({ gamma: 1 }));
describeSelectorLaws(() => exp3({ gamma: 1e-3 }));
describeSelectorLaws(() => ucb1());
describeSelectorLaws(() => ucb1({ exploration: 0 }), any);
describeSelectorLaws(() => learningProgress(), any);
describeSelectorLaws(() => learningProgress({ exploration: 0, rate: 1 }), any);
describeSelectorLaws(() => rescaled(exp3()), any);
describeSelectorLaws((count) =>
  mixed([
    { selector: exp3(), share: 2 },
    { selector: priority({ sizes: sizes(count) }), share: 1 },
    { selector: ucb1(), share: 1 },
  ]),
);
describeSelectorLaws(() => onLossProgress(rescaled(ucb1())), any);
describeSelectorLaws(() => onLossProgress(learningProgress()));
