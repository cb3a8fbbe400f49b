import { parseExact } from './json.ts'

/** Statuses whose responses must not have a body. */
const EMPTY = [101, 204, 205, 304]

/** `fetch` that parses JSON responses without losing digits. */
export async function fetchExact(request: Request): Promise<Response> {
  const answer = await fetch(request)
  if (EMPTY.includes(answer.status) || !answer.headers.get('content-type')?.includes('json')) return answer
  const text = await answer.text()
  const headers = new Headers(answer.headers)
  // openapi-fetch parses responses of unknown length itself.
  headers.set('content-length', String(text.length))
  const exact = new Response(text, { status: answer.status, statusText: answer.statusText, headers })
  exact.json = async () => parseExact(text)
  return exact
}
