// Updates openapi.json from a running server: node scripts/describe.mjs http://127.0.0.1:5000
import { writeFile } from 'node:fs/promises'

const [server] = process.argv.slice(2)
if (!server) throw new Error('usage: describe.mjs <server URL>')
const answer = await fetch(new URL('/openapi.json', server))
if (!answer.ok) throw new Error(`${server} answered ${answer.status}`)
const document = await answer.json()
await writeFile(new URL('../openapi.json', import.meta.url), `${JSON.stringify(document, null, 4)}\n`)
