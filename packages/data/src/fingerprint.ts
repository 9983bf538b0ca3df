import type { Example } from './example.ts';

const blockSize = 1024;

/**
 * A name of the content of examples, `sha256:` and 64 hexadecimal digits: equal for equal ids, inputs, labels and further columns in the same order.
 *
 * SHA-256 over the SHA-256 digests of blocks of 1,024 examples, so that no data set has to be one string. The order of the inputs and
 * tasks within an example and its row number do not count. FIPS 180-4.
 */
export async function fingerprint(examples: readonly Example[]): Promise<string> {
  const digests: Uint8Array[] = [];
  for (let start = 0; start < examples.length; start += blockSize) {
    digests.push(
      await sha256(
        examples
          .slice(start, start + blockSize)
          .map(canonical)
          .join('\n'),
      ),
    );
  }
  const total = await sha256(`${examples.length}\n${digests.map(hex).join('\n')}`);
  return `sha256:${hex(total)}`;
}

const canonical = ({ id, inputs, labels, columns }: Example) =>
  JSON.stringify([id, sorted(inputs), sorted(labels), ...(columns ? [sorted(columns)] : [])]);

const sorted = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
