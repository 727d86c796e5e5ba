import { Algorithm, hash, verify } from '@node-rs/argon2';

/** OWASP's Argon2id parameters (19 MiB, 2 passes, 1 lane): about 10 ms on a pool thread, off the event loop. */
const PARAMETERS = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Verified against when there is no account, so that an unknown name takes as long as a wrong password. */
let decoy: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/** Whether the password fits; always takes one hash, whether or not there is a stored one. */
export async function passwordFits(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password');
  const fits = await verify(stored ?? (await decoy), password);
  return stored !== undefined && fits;
}
