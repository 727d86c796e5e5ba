/** The rooms of src/ in the order of their arrows: a room imports only rooms named before it. Commits are scoped by them. */
module.exports = [
  'common',
  'config',
  'shared',
  'users',
  'auth',
  'marketplace-data',
  'products',
  'price-history',
  'competitors',
  'analytics',
  'alerts',
  'ai-insights',
];
