/** An unfinished publication, stored in this browser so that it continues after a reload. */

export interface Draft {
  file: File
  title: string
  description: string
  license: string
  fileType: string
  tags: string
  /** What voters see; empty or absent if the server decides. */
  preview?: string
  /** The file's digests. */
  keccak: `0x${string}`
  md5: string
  /** The maker's account, on which the listing hash depends. */
  account: string
  listing: `0x${string}`
  /** The transaction that calls `list`. */
  transaction: string | null
  /** The resumable upload's URL on the server. */
  uploadUrl: string | null
  task: string | null
}

const DATABASE = 'capi'
const STORE = 'drafts'
const KEY = 'publication'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('the browser keeps no data'))
  })
}

async function perform<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const asked = act(database.transaction(STORE, mode).objectStore(STORE))
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error ?? new Error('the browser keeps no data'))
    })
  } finally {
    database.close()
  }
}

export const readDraft = () => perform<Draft | undefined>('readonly', (store) => store.get(KEY))
export const keepDraft = (draft: Draft) => perform('readwrite', (store) => store.put(draft, KEY))
export const dropDraft = () => perform('readwrite', (store) => store.delete(KEY))
