import { runCommandLine } from './command-line.ts';

const code = await runCommandLine(process.argv.slice(2));

// Threads of a runtime must not hold the process, and what was written must be out before it ends.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
