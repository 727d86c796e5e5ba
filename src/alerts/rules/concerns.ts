/** SQL for whether a rule `r` concerns a product `p`: it is made for it, for a tag of it, or for all of its user's. */
export const CONCERNS = `r.user_id = p.user_id AND (r.product_id = p.id OR (r.product_id IS NULL AND (r.tag IS NULL OR r.tag = ANY (p.tags))))`;
