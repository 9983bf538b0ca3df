export { describeSchedulerLaws, type SchedulerLawOptions } from './scheduler-laws.ts';
export { describeSelectorLaws, type SelectorLawOptions } from './selector-laws.ts';
