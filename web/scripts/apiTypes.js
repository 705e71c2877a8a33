import openapi, { astToString } from 'openapi-typescript';

/**
 * The TypeScript of an OpenAPI document.
 * @param {string} json
 */
export async function typesOf(json) {
  const types = astToString(await openapi(JSON.parse(json), { alphabetize: true }));
  return `// Made by \`npm run api\` from docs/openapi.json.\n\n${types}`;
}
