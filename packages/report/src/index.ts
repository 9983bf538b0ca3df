export type { ContactRow, ShownExample } from './contact-sheet.ts';
export { type DataPreview, dataPreview } from './data-preview.ts';
export { type DataReportOptions, dataReport } from './data-report.ts';
export type {
  ExplainedInput,
  ExplainedPrediction,
  ExplainedTask,
  FramePosteriors,
} from './explanation/explained.ts';
export { explanationReport } from './explanation/explanation-report.ts';
