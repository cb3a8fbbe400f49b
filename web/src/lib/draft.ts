/** A publication under way, kept in this browser so that a reload goes on where it was. */

export interface Draft {
  file: File
  title: string
  description: string
  license: string
  fileType: string
  tags: string
  /** Digests of the file. */
  keccak: `0x${string}`
  md5: string
  /** Whose it is; the listing hash goes with it. */
  account: string
  listing: `0x${string}`
  /** The transaction that calls `list`. */
  transaction: string | null
  /** Where the upload stands at the server. */
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
