import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cache, root, turbo } from './environment.mjs';
import { folders, manifest } from './install.mjs';

const resultsOf = (folder) => join(folder, '.cache', 'tests.json');
const summaries = join(root, '.turbo', 'runs');

const readSummary = () => {
  const file = existsSync(summaries) && readdirSync(summaries).find((name) => name.endsWith('.json'));
  return file ? JSON.parse(readFileSync(join(summaries, file), 'utf8')).tasks : [];
};

/** What one package's tests came to. A file that does not load and a run that dies each count as one failure. */
const outcomeOf = (folder, task) => {
  const file = resultsOf(folder);
  const ended = task?.execution?.exitCode === 0;
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, seconds: 0, note: 'no results: the run broke off' };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  const ends = Math.max(report.startTime, ...report.testResults.map((one) => one.endTime));
  const outcome = {
    passed: report.numPassedTests,
    failed: failed === 0 && !ended ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    seconds: (ends - report.startTime) / 1000,
  };
  if (task?.cache?.status === 'HIT') return { ...outcome, note: 'unchanged' };
  if (report.numTotalTests === 0 && broken === 0) return { ...outcome, note: 'no tests' };
  return failed === 0 && !ended ? { ...outcome, note: 'an error outside of any test' } : outcome;
};

const counts = ({ passed, failed, skipped }) =>
  [failed && `${failed} failed`, `${passed} passed`, skipped && `${skipped} skipped`].filter(Boolean).join(', ');

const table = (rows) => {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const middle = Math.max(...rows.map((row) => counts(row).length));
  return rows.map((row) => {
    const note = row.note ?? `${row.seconds.toFixed(1)} s`;
    return `${row.failed ? '✗' : '✓'} ${row.name.padEnd(width)}  ${counts(row).padEnd(middle)}  ${note}`;
  });
};

/** Runs the tests of all packages, prints one line per package and keeps the counts for .ci/run. */
export const test = async (words) => {
  const tested = folders().filter((folder) => manifest(folder).scripts?.test);
  for (const folder of tested) rmSync(resultsOf(folder), { force: true });
  rmSync(summaries, { recursive: true, force: true });
  process.stdout.write(`Testing ${tested.length} packages …\n`);
  const status = await turbo(['run', 'test', '--continue', '--summarize', ...words], {
    env: { POLYTASK_TEST_RESULTS: '.cache/tests.json' },
  });
  const tasks = readSummary();
  rmSync(summaries, { recursive: true, force: true });
  const rows = tested.flatMap((folder) => {
    const { name } = manifest(folder);
    const task = tasks.find((one) => one.package === name && one.task === 'test');
    // A filter leaves packages out; a turbo that never started leaves no summary and fails below.
    if (!task && tasks.length > 0) return [];
    return [{ name: name.replace('@polytask/', '') || basename(folder), ...outcomeOf(folder, task) }];
  });
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'tests.json'), JSON.stringify({ ...total, packages: rows }, null, 2));
  process.stdout.write(`\n${table(rows).join('\n')}\n\n${rows.length} packages: ${counts(total)}\n`);
  return status !== 0 ? status : total.failed > 0 ? 1 : 0;
};
