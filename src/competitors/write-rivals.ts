const RIVAL_COLUMNS = 'id uuid, listing_id int, similarity real, parts jsonb, found_by text[]';

/**
 * Makes the suggestions of a product those given, and compares its confirmed competitors: $1 product, $2 user, $3 suggestions and
 * $4 confirmed ones as JSON, $5 now. What is dismissed stays so, and what is suggested for the first time is noted. The caller has locked
 * the product.
 */
export const WRITE_RIVALS_STATEMENT = `
WITH suggested AS (SELECT * FROM jsonb_to_recordset($3::jsonb) AS t(${RIVAL_COLUMNS})),
compared AS (
  UPDATE competitor c SET similarity = t.similarity, parts = t.parts, found_by = t.found_by, updated_at = $5
  FROM jsonb_to_recordset($4::jsonb) AS t(${RIVAL_COLUMNS})
  WHERE c.product_id = $1 AND c.user_id = $2 AND c.listing_id = t.listing_id AND c.status = 'confirmed'
),
outdated AS (
  DELETE FROM competitor c WHERE c.product_id = $1 AND c.user_id = $2 AND c.status = 'suggested'
    AND c.listing_id NOT IN (SELECT listing_id FROM suggested)
),
found AS (
  INSERT INTO competitor_found (product_id, listing_id, user_id, found_at, found_by, similarity)
  SELECT $1, s.listing_id, $2, $5, s.found_by, s.similarity FROM suggested s
  WHERE NOT EXISTS (
    SELECT FROM competitor c WHERE c.product_id = $1 AND c.user_id = $2 AND c.listing_id = s.listing_id AND c.status <> 'suggested'
  )
  ON CONFLICT DO NOTHING
)
INSERT INTO competitor AS c (id, user_id, product_id, listing_id, status, found_by, similarity, parts, created_at, updated_at)
SELECT s.id, $2, $1, s.listing_id, 'suggested', s.found_by, s.similarity, s.parts, $5, $5 FROM suggested s
ON CONFLICT (product_id, listing_id) DO UPDATE
  SET similarity = excluded.similarity, parts = excluded.parts, found_by = excluded.found_by, updated_at = excluded.updated_at
  WHERE c.status = 'suggested'`;
