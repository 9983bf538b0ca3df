import { PolytaskError } from '@polytask/base';

export type TextFile = AsyncDisposable & {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** The file takes its name: until then, nothing of that name is touched. */
  finish(): Promise<void>;
};

const pieceLength = 1 << 16;

/**
 * A text file, UTF-8, that is there whole or not at all: it is written aside and renamed at the end.
 *
 * @throws PolytaskError E1405 not in Node. What the file system refuses is thrown as it is.
 */
export async function outputFile(path: string): Promise<TextFile> {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!fs) throw new PolytaskError('usage', { code: 'E1405', message: 'Files can be written by path in Node only.' });
  const aside = `${path}.writing-${process.pid}`;
  const handle = await fs.promises.open(aside, 'w');
  let waiting: string[] = [];
  let length = 0;
  let isOpen = true;
  const flush = async () => {
    const text = waiting.join('');
    [waiting, length] = [[], 0];
    if (text !== '') await handle.writeFile(text);
  };
  return {
    async write(text) {
      waiting.push(text);
      length += text.length;
      if (length >= pieceLength) await flush();
    },
    async finish() {
      await flush();
      isOpen = false;
      await handle.close();
      await fs.promises.rename(aside, path);
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await handle.close();
      await fs.promises.rm(aside, { force: true });
    },
  };
}
