import { fileURLToPath } from 'node:url'
import VueI18n from '@intlify/unplugin-vue-i18n/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const path = (of: string) => fileURLToPath(new URL(of, import.meta.url))
/** The server that `npm run dev` passes requests on to. */
const server = process.env.CAPI_URL ?? 'http://localhost:5000'

export default defineConfig({
  base: '/app/',
  plugins: [vue(), VueI18n({ include: path('src/i18n/*.json'), runtimeOnly: true, strictMessage: false })],
  resolve: { alias: { '@': path('src') } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
  },
  build: {
    target: 'es2022',
    manifest: true,
    // The pages' content security policy forbids data: scripts, and inlined files would escape the cache.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(
      ['/market', '/listings', '/candidates', '/accounts', '/authorize', '/deliveries', '/previews', '/tasks', '/status', '/events', '/feed.atom', '/uploads', '/admin', '/dev', '/ready', '/openapi.json'].map(
        (prefix) => [prefix, server],
      ),
    ),
  },
})
