import type { GroupValue } from './group-numbers.ts';

/** A column that seems to tell which person, device, recording … a row belongs to, and why it seems so. */
export type IdLikeColumn = {
  readonly name: string;
  readonly reasons: readonly string[];
  /** A number per row, −1 where the value is missing. */
  readonly groups: Int32Array;
  readonly distinct: number;
};

const fewestGroups = 4;
const idWords =
  /^(id|uid|uuid|guid|subject|patient|person|participant|speaker|singer|user|author|customer|client|account|member|employee|household|family|session|recording|device|sensor|machine|site|hospital|school|store|group|cluster|case|visit|encounter|mrn|ssn)s?$/;
const codeValue = /^(?=.*\d)[\p{L}\d]+([-_:./#]?[\p{L}\d]+)*$/u;

/**
 * The columns whose values look like the ids of groups of rows: whole numbers or short texts that several rows share, and at least one of
 *
 * - its name says so: a word such as patient, subject, speaker, user, session or id stands in it (`subject#`, `patient_id`, `userId`);
 * - its values are codes, letters with digits such as `P017`, in nine rows of ten;
 * - its rows stand in blocks, and each value fixes another column (a patient's age), as measurements of one person after the other do.
 *
 * A column with a value of its own in every row groups nothing and is left out, as are measurements with fractions.
 *
 * @throws RangeError when the columns differ in length.
 */
export function idLikeColumns(columns: Readonly<Record<string, ArrayLike<GroupValue>>>): IdLikeColumn[] {
  const entries = Object.entries(columns);
  const count = entries[0]?.[1].length ?? 0;
  const coded = entries.map(([name, values]) => {
    if (values.length !== count) throw new RangeError(`${name}: expected ${count} values. Found ${values.length}.`);
    return { name, values, ...encode(values) };
  });
  return coded.flatMap(({ name, values, groups, distinct, present, runs }) => {
    if (distinct < fewestGroups || distinct > present / 2 || !isDiscrete(values)) return [];
    const reasons: string[] = [];
    if (isIdName(name)) reasons.push('its name says so');
    if (
      shareOf(values, (value) => typeof value === 'string' && codeValue.test(value.trim()) && !isNumber(value)) >= 0.9
    )
      reasons.push('its values are codes');
    if (runs <= distinct * 1.2) {
      const fixed = coded.find(
        (other) =>
          other.groups !== groups && other.distinct >= 2 && other.distinct < distinct && fixes(groups, other.groups),
      );
      if (fixed) reasons.push(`its rows stand in blocks, and it fixes the column "${fixed.name.slice(0, 40)}"`);
    }
    return reasons.length > 0 ? [{ name, reasons, groups, distinct }] : [];
  });
}

function encode(values: ArrayLike<GroupValue>) {
  const numbers = new Map<string, number>();
  const groups = new Int32Array(values.length);
  let [present, runs, before] = [0, 0, -1];
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined || value === '' || Number.isNaN(value)) {
      groups[row] = -1;
      continue;
    }
    const text = String(value);
    let number = numbers.get(text);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(text, number);
    }
    groups[row] = number;
    present++;
    if (number !== before) runs++;
    before = number;
  }
  return { groups, distinct: numbers.size, present, runs };
}

const isNumber = (value: GroupValue) => value !== null && String(value).trim() !== '' && Number.isFinite(Number(value));

/** Whole numbers, or texts short enough for ids. */
function isDiscrete(values: ArrayLike<GroupValue>): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === null) continue;
    if (isNumber(value) ? !Number.isInteger(Number(value)) : String(value).length > 64) return false;
  }
  return true;
}

function shareOf(values: ArrayLike<GroupValue>, holds: (value: GroupValue) => boolean): number {
  let [present, held] = [0, 0];
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === null || value === '') continue;
    present++;
    if (holds(value)) held++;
  }
  return present === 0 ? 0 : held / present;
}

const isIdName = (name: string) =>
  name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .some(
      (word) =>
        idWords.test(word) ||
        /^(user|patient|subject|speaker|person|client|customer|session|device)(id|nr|no|num)$/.test(word),
    );

/** Whether every value of one column goes with a single value of the other. */
function fixes(groups: Int32Array, others: Int32Array): boolean {
  const partner = new Map<number, number>();
  for (let row = 0; row < groups.length; row++) {
    if (groups[row]! < 0 || others[row]! < 0) continue;
    const known = partner.get(groups[row]!);
    if (known === undefined) partner.set(groups[row]!, others[row]!);
    else if (known !== others[row]) return false;
  }
  return true;
}
