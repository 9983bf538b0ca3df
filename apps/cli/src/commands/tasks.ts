import type { Command } from 'commander';
import { addTasksAffinity } from './tasks-affinity.ts';

/** Commands on the tasks of a run: what they have to do with each other. */
export function addTasks(program: Command): void {
  const group = program
    .command('tasks')
    .summary('which tasks help each other')
    .description('How much the tasks of a run help each other, and which to train together.')
    .helpCommand('help [command]', 'print the help of a command');
  for (const add of [addTasksAffinity]) add(group);
}
