import { PolytaskError } from '@polytask/base';

const messages: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied.',
  EPERM: 'The operation is not permitted.',
  EROFS: 'The file system is read-only.',
  ENOSPC: 'No space is left on the device.',
  EDQUOT: 'The disk quota is used up.',
  ENOENT: 'There is no such file or folder.',
  ENOTDIR: 'A part of the path is a file, not a folder.',
  EISDIR: 'Expected a file. Found a folder.',
  EEXIST: 'It exists already.',
  EMFILE: 'Too many files are open.',
  ENAMETOOLONG: 'The name is too long.',
};

/** What the file system refuses is for the user to act on: E1010. Anything else is not ours to translate. */
export function asFileProblem(thrown: unknown): PolytaskError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, path, syscall } = thrown as NodeJS.ErrnoException;
  const message = code === undefined ? undefined : messages[code];
  if (message === undefined || syscall === undefined) return undefined;
  const file = path === undefined ? {} : { file: path };
  return new PolytaskError('usage', { code: 'E1010', ...file, message: `${message} (${syscall})` }, { cause: thrown });
}
