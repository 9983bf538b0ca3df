// `pnpm release --dry-run` proves that what would be published installs and works; without the flag it is published.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, pack, publicPackages, tarballViolations } from './lib/packing.ts';
import { repository } from './lib/workspace.ts';
import { environment, node, run, tool } from './workspace/environment.mjs';

const root = fileURLToPath(repository);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs one step, says how long it took, and ends the program when it fails. */
const step = async (title: string, work: () => void | Promise<void>): Promise<void> => {
  const start = performance.now();
  try {
    await work();
  } catch (problem) {
    say(`✗ ${title}`);
    say(problem instanceof Error ? problem.message : String(problem));
    process.exit(1);
  }
  say(`✓ ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
};

const expectSuccess = (status: number, what: string): void => {
  if (status !== 0) throw new Error(`${what} ended with ${status}`);
};

const members = publicPackages();
let tarballs: ReturnType<typeof pack> = [];

// An empty project outside the repository, as a user has it: plain npm, the tarballs, nothing else.
const project = mkdtempSync(join(tmpdir(), 'polytask-release-'));
process.on('exit', () => {
  const folders = [project, ...tarballs.map(({ file }) => dirname(file))];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

await step(`${members.length} packages build`, build);
await step(`${members.length} packages pack`, () => {
  tarballs = pack(members);
});
for (const { member, bytes } of tarballs) say(`    ${member.manifest.name} ${(bytes / 1024).toFixed(1)} KiB`);
await step('publint and arethetypeswrong have nothing to say', async () => {
  const found = (await Promise.all(tarballs.map(tarballViolations))).flat();
  if (found.length > 0) throw new Error(found.map(({ file, message }) => `${file}: ${message}`).join('\n'));
});

writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty-project', private: true, type: 'module' }));
cpSync(join(root, 'tools', 'release-smoke.mjs'), join(project, 'release-smoke.mjs'));
// Nothing of this repository may be found from the project.
const outside = { cwd: project, env: { PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(':') } };

await step('npm installs the tarballs in an empty project', async () => {
  const files = tarballs.map(({ file }) => file);
  expectSuccess(await run('npm', ['install', ...files], { ...outside, quiet: true }), 'npm install');
});
await step('the installed packages import and train', async () => {
  const names = members.map(({ manifest }) => manifest.name).filter((name) => name !== 'polytask');
  expectSuccess(await node(join(project, 'release-smoke.mjs'), names, outside), 'release-smoke.mjs');
});
const program = (
  members.find(({ manifest }) => manifest.name === 'polytask')?.manifest.bin as { polytask?: string } | undefined
)?.polytask;
if (program) {
  await step('the installed command line answers', async () => {
    const installed = join(project, 'node_modules', 'polytask', program);
    expectSuccess(await node(installed, ['--help'], { ...outside, quiet: true }), 'polytask --help');
  });
}

if (process.argv.includes('--dry-run')) say('Nothing was published: this was a dry run.');
else {
  await step('changesets publishes', async () => {
    expectSuccess(
      await node(tool('@changesets', 'cli', 'bin.js'), ['publish'], { cwd: root, env: environment() }),
      'changeset publish',
    );
  });
}
