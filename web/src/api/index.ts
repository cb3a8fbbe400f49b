import { createApi } from 'capi-client'
import { session } from './session.ts'

/** The server that this page came from. */
export const api = createApi(location.origin, () => session.tokens?.access ?? null)
