import { nearest, PolytaskError, quote } from '@polytask/base';
import type { Command, CommanderError } from 'commander';

const codes: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'E1001',
  // `polytask help nonsense`
  'commander.help': 'E1001',
  'commander.unknownOption': 'E1002',
  'commander.missingArgument': 'E1003',
  'commander.optionMissingArgument': 'E1004',
  'commander.invalidArgument': 'E1005',
  'commander.excessArguments': 'E1006',
};

/** What commander has against the words on the command line, in the form of all our messages. */
export function usageProblem(error: CommanderError, program: Command, words: readonly string[]): PolytaskError {
  const found = commandsOf(program, words);
  const names = found.map((command) => `${command.name()} `).join('');
  const help = `See \`polytask ${names}--help\`.`;
  const code = codes[error.code] ?? 'E1009';
  if (code === 'E1001') {
    const verbs = (found.at(-1) ?? program).commands.map((one) => one.name());
    const rest = words.slice(found.length);
    const word = (rest[0] === 'help' ? rest[1] : rest[0]) ?? '';
    const guess = nearest(word, verbs);
    const fix = guess ? `Did you mean "${guess}"?` : `Commands: ${verbs.join(', ')}.`;
    return new PolytaskError('usage', { code, message: `Unknown command ${quote(word)}.`, fix: `${fix} ${help}` });
  }
  const [first = '', hint] = error.message.replace(/^error: /, '').split('\n');
  const message = first.replace(/'([^']*)'/g, '"$1"');
  const guess = hint === undefined ? '' : `${hint.replace(/^\(|\)$/g, '').replace(/(--?[\w-]+)/, '"$1"')} `;
  return new PolytaskError('usage', { code, message: sentence(message), fix: `${guess}${help}` });
}

const sentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

/** The command that the words name, and the groups around it. */
export function commandsOf(program: Command, words: readonly string[]): Command[] {
  const command = program.commands.find((one) => one.name() === words[0]);
  return command ? [command, ...commandsOf(command, words.slice(1))] : [];
}
