/** An error response of the server. */
export class ApiError extends Error {
  readonly status: number
  readonly requestId: string | null
  /** The members of the problem document. */
  readonly problem: Record<string, unknown>

  constructor(response: Response, body: unknown) {
    const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    super(typeof problem.detail === 'string' ? problem.detail : response.statusText || `HTTP ${response.status}`)
    this.name = 'ApiError'
    this.status = response.status
    this.requestId = response.headers.get('x-request-id')
    this.problem = problem
  }
}

/** There was no response at all. */
export class OfflineError extends Error {
  constructor(cause: unknown) {
    super('the server cannot be reached', { cause })
    this.name = 'OfflineError'
  }
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** A response's body; throws `ApiError` if it is an error, and `OfflineError` if there is no response. */
export async function data<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch (error) {
    if (error instanceof TypeError) throw new OfflineError(error)
    throw error
  }
  if (!answer.response.ok) throw new ApiError(answer.response, answer.error)
  return answer.data as NonNullable<T>
}
