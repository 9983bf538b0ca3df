import { expect, it } from 'vitest';
import { openTerminal } from './terminal.ts';

function streams({ isTTY = false, columns = 80, env = {} as Record<string, string> } = {}) {
  const written: string[] = [];
  const to = (name: string) => ({ isTTY, columns, write: (text: string) => written.push(`${name} ${text}`) });
  return { written, out: to('out'), err: to('err'), env };
}

it('prints results to stdout and notes to stderr', () => {
  const given = streams();
  const terminal = openTerminal({}, given);
  terminal.print('result');
  terminal.note('note');
  terminal.status('no terminal, no updating line');
  expect(given.written).toEqual(['out result\n', 'err note\n']);
});

it('with --json keeps tables off stdout, with --quiet notes off stderr', () => {
  const given = streams({ isTTY: true });
  const terminal = openTerminal({ json: true, quiet: true }, given);
  terminal.print('table');
  terminal.note('note');
  terminal.status('line');
  terminal.emit({ a: 1 });
  expect(given.written).toEqual(['out {"a":1}\n']);
});

it('takes the updating line away before other output and puts it back after notes', () => {
  const given = streams({ isTTY: true, columns: 9 });
  const terminal = openTerminal({}, given);
  terminal.status('step 1 of 2');
  terminal.note('note');
  terminal.print('done');
  const erase = 'err \r\u001b[2K';
  expect(given.written).toEqual(['err step 1 …', erase, 'err note\n', 'err step 1 …', erase, 'out done\n']);
});

it('colours terminals only, and none for those who ask for none', () => {
  const paint = (options: Parameters<typeof streams>[0]) => openTerminal({}, streams(options)).paint('red', 'x');
  const red = '\u001b[31mx\u001b[39m';
  expect([
    paint({}),
    paint({ isTTY: true }),
    paint({ isTTY: true, env: { NO_COLOR: '1' } }),
    paint({ isTTY: true, env: { TERM: 'dumb' } }),
  ]).toEqual(['x', red, 'x', 'x']);
  expect(paint({ env: { FORCE_COLOR: '1' } })).toBe(red);
});
