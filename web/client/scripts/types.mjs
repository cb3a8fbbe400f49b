// Writes src/schema.d.ts from the OpenAPI document. Integers become bigint, as this client parses them.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'

const root = new URL('..', import.meta.url)
const document = JSON.parse(await readFile(new URL('openapi.json', root), 'utf8'))
const bigint = ts.factory.createKeywordTypeNode(ts.SyntaxKind.BigIntKeyword)
const nothing = ts.factory.createLiteralTypeNode(ts.factory.createNull())
const nodes = await openapiTS(document, {
  transform(schema) {
    const types = [schema.type].flat()
    if (!types.includes('integer')) return undefined
    return types.includes('null') ? ts.factory.createUnionTypeNode([bigint, nothing]) : bigint
  },
})
const notice = '// Made from openapi.json by `npm run types`.\n\n'
await writeFile(new URL('src/schema.d.ts', root), notice + astToString(nodes))
const paths = Object.keys(document.paths).map((path) => `  '${path}',\n`)
await writeFile(
  new URL('src/paths.ts', root),
  `${notice}/** What a server of this version offers. */\nexport const PATHS: ReadonlySet<string> = new Set([\n${paths.join('')}])\n`,
)
