import { runCommandLine } from './command-line.ts';

const code = await runCommandLine(process.argv.slice(2));

/** What became of the results: a reader that closes the pipe has seen enough, a full disk has lost them. */
function outcome(error: NodeJS.ErrnoException | null | undefined): number {
  if (!error) return code;
  if (error.code === 'EPIPE') return 0;
  process.stderr.write(`E6013 The results could not be written: ${error.message}.\n`);
  return 2;
}

// Threads of a runtime must not hold the process, and what was written must be out before it ends.
process.stdout.write('', (error) => process.stderr.write('', () => process.exit(outcome(error))));
