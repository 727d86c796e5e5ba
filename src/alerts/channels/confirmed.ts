/** SQL for whether channel `c` is told more than the question whether its address is the user's. Kinds without an address are. */
export const IS_CONFIRMED = `(c.kind <> 'email' OR c.confirmed_at IS NOT NULL)`;
