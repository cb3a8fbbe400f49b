import { computed } from 'vue'
import { createI18n } from 'vue-i18n'

export const LANGUAGES = { en: 'English', de: 'Deutsch', 'zh-Hans': '简体中文' } as const
export type Language = keyof typeof LANGUAGES

const CHOSEN = 'capi.language'
const FILES: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  de: () => import('./de.json'),
  'zh-Hans': () => import('./zh-Hans.json'),
}

export const i18n = createI18n<false>({ legacy: false, locale: 'en', messages: {} })

/** The selected language, for formatting numbers and dates. */
export const locale = computed(() => i18n.global.locale.value)

export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0]
    if (language === 'zh') return 'zh-Hans'
    if (language === 'en' || language === 'de') return language
  }
  return 'en'
}

function isLanguage(tag: string | null): tag is Language {
  return tag !== null && tag in LANGUAGES
}

export async function useLanguage(language: Language): Promise<void> {
  const { default: messages } = await FILES[language]()
  i18n.global.setLocaleMessage(language, messages as never)
  i18n.global.locale.value = language as never
  document.documentElement.lang = language
}

export async function chooseLanguage(language: Language): Promise<void> {
  await useLanguage(language)
  localStorage.setItem(CHOSEN, language)
}

/** The chosen language, or else the browser's. */
export function startLanguage(): Promise<void> {
  const chosen = localStorage.getItem(CHOSEN)
  return useLanguage(isLanguage(chosen) ? chosen : preferred(navigator.languages))
}
