export type { ContactRow, ShownExample } from './contact-sheet.ts';
export { type DataReportOptions, dataReport } from './data-report.ts';
