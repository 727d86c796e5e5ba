import type { FastifyReply } from 'fastify';
import { entityTags } from '../common/entity-tags';
import { Versioned } from './price-history.service';

const HOUR_MS = 3_600_000;

/**
 * What of an answer's entity tag does not come from the history: a range that ends now moves on, and an answer about it is taken
 * for the same for an hour at most. The tag is weak: it says that the history is the same, not each minute of the range.
 */
function movesWith(to: Date | undefined, now: Date): string {
  return to === undefined ? String(Math.floor(now.getTime() / HOUR_MS)) : 'fixed';
}

/** Versions of the history in an If-None-Match header that would make the same answer. */
export function knownVersions(header: string | undefined, to: Date | undefined, now: Date): string[] {
  const ending = `/${movesWith(to, now)}`;
  return entityTags(header)
    .filter((tag) => tag.endsWith(ending))
    .map((tag) => tag.slice(0, -ending.length));
}

/** Lets a client keep the answer and ask whether it still holds. Whether it does, the hook in configure-app.ts compares. */
export function tagged<View>(
  reply: FastifyReply,
  { version, view }: Versioned<View>,
  to: Date | undefined,
  now: Date,
): View {
  void reply.header('ETag', `W/"${version}/${movesWith(to, now)}"`).header('Cache-Control', 'private, no-cache');
  return view;
}
