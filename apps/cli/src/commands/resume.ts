import type { Command } from 'commander';
import { type CommonOptions, common, runFolderArgument, traceNanOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type ResumeOptions = CommonOptions & { readonly data?: string; readonly runFile?: string; readonly traceNan?: boolean };

export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .summary('go on with an interrupted run')
    .description(
      'Goes on from the newest checkpoint, as if training had never been interrupted. Never starts anew by itself.',
    )
    .addArgument(runFolderArgument())
    .option('--data <file>', 'where the data is now, when it was moved')
    .option('--run-file <file>', 'the run file, when it is TypeScript and passed objects')
    .addOption(traceNanOption());
  common(command, ['polytask resume latest', 'polytask resume runs/20260101T120000Z-news-3f2a']).action(
    async (name: string, options: ResumeOptions) => {
      const [{ findRun, readRunFile, resumeRun }, { withProgress }] = await Promise.all([
        import('@polytask/run'),
        import('../training/with-progress.ts'),
      ]);
      const folder = await findRun(name);
      const run = options.runFile === undefined ? undefined : await readRunFile(options.runFile);
      const given = {
        ...(run && { run }),
        checkFinite: options.traceNan ?? false,
        ...(options.data !== undefined && { data: options.data }),
      };
      await withProgress(openTerminal(options), (session) => resumeRun(folder, { ...session, ...given }));
    },
  );
}
