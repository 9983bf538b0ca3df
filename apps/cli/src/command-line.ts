import { Command, CommanderError } from 'commander';
import { addCheck } from './commands/check.ts';
import { addCompare } from './commands/compare.ts';
import { addData } from './commands/data.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExport } from './commands/export.ts';
import { addInit } from './commands/init.ts';
import { addPredict } from './commands/predict.ts';
import { addPretrain } from './commands/pretrain.ts';
import { addProfile } from './commands/profile.ts';
import { addResume } from './commands/resume.ts';
import { addTasks } from './commands/tasks.ts';
import { addTrain } from './commands/train.ts';
import { reportError } from './errors/report-error.ts';
import { commandsOf, usageProblem } from './errors/usage-problem.ts';
import { exitCodes } from './exit-codes.ts';
import { openTerminal } from './terminal.ts';
import { version } from './version.ts';

const examples = `
Examples:
  $ polytask init --data headlines.jsonl     write a run file for your data
  $ polytask check run.yaml                  find everything that is wrong, before training
  $ polytask data report run.yaml            one page on the data
  $ polytask train run.yaml                  train; Ctrl-C saves, resume goes on
  $ polytask evaluate latest                 metrics of every task
  $ polytask predict latest "Rates rise"     use it

Exit codes: 0 fine, 1 a bug of ours, 2 usage or run file, 3 data, 4 diverged, 5 interrupted with a checkpoint saved.`;

/** Runs one command and resolves to its exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const program = buildProgram();
  const options = beforeDashes(words);
  const terminal = openTerminal({ json: options.includes('--json') });
  const warn = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return Number(process.exitCode ?? exitCodes.fine);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return exitCodes.fine;
      // the help of a group is the answer to it alone
      if (thrown.code === 'commander.help' && commandsOf(program, words).length === words.length)
        return exitCodes.usage;
      return reportError(usageProblem(thrown, program, words), terminal, warn);
    }
    return reportError(thrown, terminal, warn);
  }
}

function buildProgram(): Command {
  const program = new Command('polytask')
    .description('Train one model for many tasks: from data files to predictions, without writing a loop.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples)
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    // Without a command the help is the answer, on stderr with exit code 2; complaints are ours to format.
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  for (const add of [
    addInit,
    addCheck,
    addData,
    addPretrain,
    addTrain,
    addResume,
    addEvaluate,
    addCompare,
    addTasks,
    addPredict,
    addExport,
    addProfile,
    addDoctor,
  ])
    add(program);
  return program;
}

const beforeDashes = (words: readonly string[]): readonly string[] =>
  words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
