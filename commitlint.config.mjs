import rooms from './scripts/rooms.cjs';

export default {
  extends: ['@commitlint/config-conventional'],
  rules: { 'scope-enum': [2, 'always', [...rooms, 'app']], 'body-max-line-length': [0], 'footer-max-line-length': [0] },
};
