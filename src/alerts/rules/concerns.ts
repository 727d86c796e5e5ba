/** SQL for since when a rule `r` can concern a product `p`, by when that was made or was last paused, and got the rule's tag. */
export const TRACKED_SINCE = `greatest(p.created_at, p.active_since, CASE WHEN r.tag IS NOT NULL THEN p.tagged_at[array_position(p.tags, r.tag)] END)`;

/** SQL for whether a rule `r` concerns a product `p`: it is made for it, for a tag of it, or for all of its user's. */
export const CONCERNS = `r.user_id = p.user_id AND (r.product_id = p.id OR (r.product_id IS NULL AND (r.tag IS NULL OR r.tag = ANY (p.tags))))`;
