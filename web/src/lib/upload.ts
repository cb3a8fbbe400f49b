/** Sends a file to the server: resumable if the server supports it, otherwise as one form. */
import { ApiError, parseExact, type Market } from 'capi-client'
import { session } from '../api/session.ts'
import { whenOnline } from './connection.ts'
import type { Draft } from './draft.ts'

const RETRIES_MS = [0, 1000, 3000, 5000, 10_000]

/** The id of the task in which the server continues. */
export function upload(
  draft: Draft,
  market: Market,
  report: (share: number) => void,
  started: (url: string) => Promise<void>,
): Promise<string> {
  return market.server.uploads.includes('tus') ? uploadResumably(draft, report, started) : uploadAsForm(draft, report)
}

function fields(draft: Draft): Record<string, string> {
  return {
    tx_hash: draft.transaction ?? '',
    listing_hash: draft.listing,
    title: draft.title,
    description: draft.description,
    license: draft.license,
    file_type: draft.fileType,
    md5_sum: draft.md5,
    owner: draft.account,
    tags: draft.tags,
    filenames: draft.file.name,
    // Without a choice the field is left out.
    ...(draft.preview ? { preview: draft.preview } : {}),
  }
}

const bearer = () => `Bearer ${session.tokens?.access ?? ''}`

async function uploadResumably(draft: Draft, report: (share: number) => void, started: (url: string) => Promise<void>): Promise<string> {
  const { Upload, DetailedError } = await import('tus-js-client')
  return new Promise((resolve, reject) => {
    let task: string | null = null
    const sending = new Upload(draft.file, {
      endpoint: `${location.origin}/uploads/`,
      uploadUrl: draft.uploadUrl,
      retryDelays: RETRIES_MS,
      storeFingerprintForResuming: false,
      metadata: fields(draft),
      headers: { authorization: bearer() },
      onUploadUrlAvailable: () => void started(sending.url ?? ''),
      onProgress: (sent, total) => report(total ? sent / total : 1),
      onAfterResponse: (_, response) => {
        task = response.getHeader('Capi-Task-Id') ?? task
      },
      onSuccess: () => (task ? resolve(task) : reject(new Error('the server named no task'))),
      onError: (error) => {
        // While offline, a retry is pointless: it continues when the browser is online again.
        if (!navigator.onLine) void whenOnline().then(() => sending.start())
        else reject(error instanceof DetailedError ? refusal(error) : error)
      },
    })
    sending.start()
  })
}

function refusal(error: { originalResponse: { getStatus(): number; getBody(): string } | null; message: string }): Error {
  const answer = error.originalResponse
  if (!answer) return new Error(error.message)
  return toApiError(answer.getStatus(), answer.getBody())
}

function toApiError(status: number, body: string): ApiError {
  let problem: unknown = null
  try {
    problem = parseExact(body)
  } catch {
    // A proxy's error has no problem document.
  }
  return new ApiError(new Response(null, { status: status >= 200 ? status : 502 }), problem)
}

/** Uses `XMLHttpRequest`, because `fetch` does not report upload progress. */
function uploadAsForm(draft: Draft, report: (share: number) => void): Promise<string> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields(draft))) if (value) form.append(name, value)
  form.append('file', draft.file)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/listings/')
    request.setRequestHeader('authorization', bearer())
    request.upload.onprogress = ({ loaded, total }) => report(total ? loaded / total : 1)
    request.onload = () => {
      if (request.status !== 201) return reject(toApiError(request.status, request.responseText))
      resolve((parseExact(request.responseText) as { task_id: string }).task_id)
    }
    request.onerror = () => reject(new Error('the upload was interrupted'))
    request.send(form)
  })
}
