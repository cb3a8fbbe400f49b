/** A maker's choice of what voters see of a file, as the server writes it: `none`, `bytes:<n>` or `rows:<n>`. */

export const PREVIEW_KINDS = ['default', 'rows', 'bytes', 'none'] as const
export type PreviewKind = (typeof PREVIEW_KINDS)[number]

export const MAX_COUNTS = { rows: 1000, bytes: 1_000_000_000 } as const

/** The form's field. It is empty if the server decides. */
export function toChoice(kind: PreviewKind, count: number): string {
  if (kind === 'default') return ''
  return kind === 'none' ? 'none' : `${kind}:${count}`
}

/** What a choice says; null without one, or if it is of a newer server. */
export function readChoice(choice: string | null | undefined): { kind: Exclude<PreviewKind, 'default'>; count: number } | null {
  if (choice === 'none') return { kind: 'none', count: 0 }
  const [, kind, digits] = /^(rows|bytes):(\d+)$/.exec(choice ?? '') ?? []
  return kind === 'rows' || kind === 'bytes' ? { kind, count: Number(digits) } : null
}

/** Whether the server shows an account nothing of the file: the choice is for everybody but the owner. */
export function isHidden(choice: string | null | undefined, owner: string | null, account: string | null): boolean {
  const isOwner = owner !== null && owner.toLowerCase() === account?.toLowerCase()
  return choice === 'none' && !isOwner
}
