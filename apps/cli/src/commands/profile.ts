import { type Command, InvalidArgumentError } from 'commander';
import { type CommonOptions, changes, common, setOption } from '../options.ts';
import { openTerminal } from '../terminal.ts';

type ProfileOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly steps: number;
  readonly depth?: number;
};

export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .summary('how long each layer takes')
    .description('Trains a few steps on onnxruntime-node and says how long each layer took, forward and backward.')
    .argument('<run.yaml>', 'the run file: YAML, JSON or TypeScript')
    .addOption(setOption())
    .option('--data <file>', "read this file instead of the run file's data")
    .option('--steps <count>', 'steps to take, at most an epoch', count, 20)
    .option('--depth <names>', 'sum up layers below this many names: 1 is encoder, heads, losses, optimizer', count);
  common(command, ['polytask profile run.yaml', 'polytask profile run.yaml --depth 1 --steps 50']).action(
    async (file: string, options: ProfileOptions) => {
      const [{ profileRun, readRunFile }, { reportProfile }] = await Promise.all([
        import('@polytask/run'),
        import('../results/report-profile.ts'),
      ]);
      const { steps, depth } = options;
      const run = await readRunFile(file, changes(options));
      reportProfile(await profileRun(run, { steps, ...(depth !== undefined && { depth }) }), openTerminal(options));
    },
  );
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
