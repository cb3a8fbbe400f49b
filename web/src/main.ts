import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import { createApp } from 'vue'
import App from './App.vue'
import { discover } from './chain/wallet.ts'
import { i18n, startLanguage } from './i18n/index.ts'
import { router } from './router.ts'

discover()
await startLanguage()
createApp(App).use(i18n).use(router).mount('#app')
