import { types } from 'pg';
import { ArrayText } from './array-text';

/** Types `int2[]` and `int4[]`. */
const INTEGER_ARRAYS = [1005, 1007];
/** Has the driver read arrays of integers by their digits. */
export function useFastIntegerArrays(): void {
  // The driver's list of types leaves arrays out.
  const set = types.setTypeParser as (type: number, parse: (text: string) => unknown) => void;
  for (const type of INTEGER_ARRAYS) set(type, parseIntegerArray);
}

/** A parameter: the driver's own writer puts quotes around every element. */
export function integerArray(numbers: readonly (number | null)[]): string {
  return `{${numbers.map((number) => number ?? 'NULL').join()}}`;
}

/** All of an array. */
export function parseIntegerArray(text: string): (number | null)[] {
  const numbers: (number | null)[] = [];
  const array = new ArrayText(text);
  while (array.hasNext()) numbers.push(array.next());
  return numbers;
}
