type Options = {
  readonly cwd?: string;
  readonly quiet?: boolean;
  readonly keep?: (line: string) => boolean;
  readonly env?: Record<string, string | undefined>;
};

export const root: string;
export const cache: string;
export function environment(): Record<string, string>;
export function run(command: string, words: readonly string[], options?: Options): Promise<number>;
export function tool(...parts: string[]): string;
export function node(script: string, words: readonly string[], options?: Options): Promise<number>;
export function typescript(file: string, words: readonly string[], options?: Options): Promise<number>;
export function pnpm(words: readonly string[], options?: Options): Promise<number>;
export function turbo(words: readonly string[], options?: Options): Promise<number>;
