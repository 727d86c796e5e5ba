const ROOMS = [
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
  'app',
];

export default {
  extends: ['@commitlint/config-conventional'],
  rules: { 'scope-enum': [2, 'always', ROOMS], 'body-max-line-length': [0], 'footer-max-line-length': [0] },
};
