/** The typed client of the Computable API. Every integer it reads is a bigint. */
import createClient, { type Client } from 'openapi-fetch'
import { fetchExact } from './fetch.ts'
import { stringifyExact } from './json.ts'
import type { paths } from './schema.d.ts'

export { ApiError, OfflineError, data } from './error.ts'
export { parseExact, stringifyExact } from './json.ts'
export { PATHS } from './paths.ts'
export type { paths } from './schema.d.ts'
export type * from './types.ts'

export type Api = Client<paths>

/** A client of the server at `baseUrl`. `token` returns the caller's access token, if there is one. */
export function createApi(baseUrl: string, token: () => string | null = () => null): Api {
  const api = createClient<paths>({ baseUrl, fetch: fetchExact, bodySerializer: stringifyExact })
  api.use({
    onRequest({ request }) {
      const held = token()
      if (held && !request.headers.has('authorization')) request.headers.set('authorization', `Bearer ${held}`)
      return request
    },
  })
  return api
}
