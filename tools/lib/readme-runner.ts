// Imports the given modules one after another and writes beside each what it printed: `<module>.json`.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

export type Outcome = { readonly printed: string; readonly complaints: string; readonly problem?: string };

// tfjs's cpu backend introduces itself.
const banner = 'Hi, looks like you are running TensorFlow.js';

for (const file of process.argv.slice(2)) {
  const printed: string[] = [];
  const complaints: string[] = [];
  console.log = (...values: unknown[]) => void printed.push(format(...values));
  console.info = console.log;
  console.warn = (...values: unknown[]) => {
    const text = format(...values);
    if (!text.includes(banner)) complaints.push(text);
  };
  console.error = console.warn;
  let problem: string | undefined;
  try {
    await import(pathToFileURL(file).href);
  } catch (thrown) {
    problem = thrown instanceof Error ? (thrown.stack ?? thrown.message) : format(thrown);
  }
  const outcome: Outcome = {
    printed: printed.join('\n'),
    complaints: complaints.join('\n'),
    ...(problem && { problem }),
  };
  writeFileSync(`${file}.json`, JSON.stringify(outcome));
}
// Worker threads and sessions of an example do not hold up the next.
process.exit();
