/** The beginning of an untrusted file, as a document for a frame without scripts. */
import { parseCsv } from './csv.ts'

/** The types that can be shown without running code from the file. */
export const SHOWN_TYPES = ['text/plain', 'text/csv', 'image/png', 'image/jpeg'] as const

const MAX_ROWS = 200

export function canShow(type: string | null): boolean {
  return SHOWN_TYPES.some((shown) => shown === baseType(type))
}

const baseType = (type: string | null) => (type ?? '').split(';')[0]?.trim().toLowerCase()

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)

export async function previewDocument(file: Blob, type: string): Promise<string> {
  return `<!doctype html><meta charset="utf-8"><title>preview</title>${await body(file, baseType(type))}`
}

async function body(file: Blob, type: string | undefined): Promise<string> {
  if (type?.startsWith('image/')) return `<img alt="" width="100%" src="${await dataUrl(file, type)}">`
  const text = await file.text()
  if (type !== 'text/csv') return `<pre>${escapeHtml(text)}</pre>`
  const rows = parseCsv(text).slice(0, MAX_ROWS)
  const cells = (row: string[]) => row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')
  return `<table border="1" cellpadding="4">${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</table>`
}

function dataUrl(file: Blob, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('the file cannot be read'))
    // The type that the maker named, so that the browser does not guess one from the content.
    reader.readAsDataURL(new Blob([file], { type }))
  })
}
