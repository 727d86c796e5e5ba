import { Text } from './text';

export interface Tokens {
  input: number;
  output: number;
}

/** What asking the model came to. */
export interface ModelResult {
  /** Null where it cannot be used; `note` says why. */
  text: Text | null;
  note: string | null;
  /** Of all calls made; null where none was made or the server did not count. */
  tokens: Tokens | null;
  /** USD, decimal; null also without prices. */
  cost: string | null;
}
