// Adds up the gzipped size of a first visit to the market page, and fails above the budget.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 180_000
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'))
const files = new Set(['index.html', 'icon.svg'])

function add(key) {
  const chunk = manifest[key]
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const style of chunk.css ?? []) files.add(style)
  for (const imported of chunk.imports ?? []) add(imported)
}

add('index.html')
for (const lazy of ['src/i18n/en.json', 'src/pages/MarketPage.vue', 'src/ui/PlotCanvas.vue']) {
  if (!manifest[lazy]) throw new Error(`${lazy} is not in the build: name what the market page loads in check-size.mjs`)
  add(lazy)
}

let total = 0
for (const file of files) total += gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
console.log(`first load: ${kilobytes(total)} gzipped in ${files.size} files, of ${kilobytes(BUDGET_BYTES)}`)
if (total > BUDGET_BYTES) {
  console.error('The first load is over its budget.')
  process.exit(1)
}
