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
  const command = program.commands.find((one) => one.name() === words[0]);
  const help = `See \`polytask ${command ? `${command.name()} ` : ''}--help\`.`;
  const code = codes[error.code] ?? 'E1009';
  if (code === 'E1001') {
    const verbs = program.commands.map((one) => one.name());
    const word = (words[0] === 'help' ? words[1] : words[0]) ?? '';
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
