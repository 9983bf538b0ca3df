import type { Command } from 'commander';
import { type CommonOptions, common } from '../options.ts';
import { openTerminal } from '../terminal.ts';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('what this machine can do')
    .description(
      'Lists the devices that models can run on here, or why not, and tries each: a matrix product and a few training steps.',
    );
  common(command, ['polytask doctor', 'polytask doctor --json']).action(async (options: CommonOptions) => {
    const { doctor } = await import('../doctor/doctor.ts');
    await doctor(openTerminal(options));
  });
}
