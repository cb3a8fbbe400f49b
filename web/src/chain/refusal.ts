/** The meaning of a wallet's error. Wallets nest errors inside each other. */

const REJECTED = 4001
const UNKNOWN_CHAIN = 4902

function codes(error: unknown): number[] {
  const found: number[] = []
  let inner: unknown = error
  for (let depth = 0; depth < 6 && typeof inner === 'object' && inner !== null; depth += 1) {
    const { code, cause, data } = inner as { code?: unknown; cause?: unknown; data?: { originalError?: unknown } }
    if (typeof code === 'number') found.push(code)
    inner = cause ?? data?.originalError
  }
  return found
}

export function isRejection(error: unknown): boolean {
  return codes(error).includes(REJECTED)
}

export function isUnknownChain(error: unknown): boolean {
  return codes(error).includes(UNKNOWN_CHAIN)
}

/** The sentence to show. */
export function reason(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    const { shortMessage, message } = error as { shortMessage?: unknown; message?: unknown }
    for (const text of [shortMessage, message]) if (typeof text === 'string' && text) return text.split('\n')[0] ?? text
  }
  return String(error)
}
