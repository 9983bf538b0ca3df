/** A word as a shell takes it back. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(text)
    ? text
    : process.platform === 'win32'
      ? `"${text}"`
      : `'${text.replaceAll("'", "'\\''")}'`;
