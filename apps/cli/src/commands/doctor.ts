import { type Command, Option } from 'commander';
import { type CommonOptions, common } from '../options.ts';
import { openTerminal } from '../terminal.ts';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('what this machine can do')
    .description(
      'Lists the devices that models can run on here, or why not, and tries each: a matrix product and a few training steps.',
    )
    .addOption(new Option('--device <name>', 'tries this one alone'));
  common(command, ['polytask doctor', 'polytask doctor --device onnx-webgpu', 'polytask doctor --json']).action(
    async ({ device, ...options }: CommonOptions & { readonly device?: string }) => {
      const { doctor } = await import('../doctor/doctor.ts');
      await doctor(openTerminal(options), device);
    },
  );
}
