import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import { createApp } from 'vue'
import App from './App.vue'
import { discover } from './chain/wallet.ts'
import { i18n, startLanguage } from './i18n/index.ts'
import { goOnWhenLoadable } from './lib/lazy.ts'
import { router } from './router.ts'

discover()
goOnWhenLoadable(router)
await startLanguage()
createApp(App).use(i18n).use(router).mount('#app')
