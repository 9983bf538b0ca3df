import { describeSchedulerLaws } from '../testing/scheduler-laws.ts';
import { dynamic } from './dynamic.ts';
import { earliestDeadlineFirst, greedy, longestJobFirst, shortestJobFirst } from './heuristics.ts';
import { layered } from './layered.ts';

describeSchedulerLaws(shortestJobFirst);
describeSchedulerLaws(longestJobFirst);
describeSchedulerLaws(earliestDeadlineFirst);
describeSchedulerLaws(greedy);
describeSchedulerLaws(dynamic);
describeSchedulerLaws(() => dynamic({ fairness: 0 }));
describeSchedulerLaws(() => layered({ groups: dynamic(), jobs: shortestJobFirst() }));
describeSchedulerLaws(() =>
  layered({ groups: earliestDeadlineFirst(), jobs: layered({ groups: greedy(), jobs: greedy() }) }),
);
