// Writes src/schema.d.ts and src/paths.ts from the OpenAPI document. Integers become bigint, as this client parses them.
// With --check, writes nothing and fails if the files do not match the document.
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
const paths = Object.keys(document.paths).map((path) => `  '${path}',\n`)
const files = {
  'src/schema.d.ts': notice + astToString(nodes),
  'src/paths.ts': `${notice}/** What a server of this version offers. */\nexport const PATHS: ReadonlySet<string> = new Set([\n${paths.join('')}])\n`,
}
const isCheck = process.argv.includes('--check')
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, root)
  if (!isCheck) await writeFile(file, text)
  else if ((await readFile(file, 'utf8')) !== text) throw new Error(`${name} is not made from openapi.json: \`make client\` renews it`)
}
