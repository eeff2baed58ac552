/** Opens a page in the browser that comes with the test package (x64 only), with every request for anything refused. */
import chromium from "@sparticuz/chromium"
import { chromium as playwright, type Page } from "playwright-core"

export interface Opened {
  readonly page: Page
  readonly errors: ReadonlyArray<string>
  /** Everything that the page asked for. */
  readonly requests: ReadonlyArray<string>
  readonly close: () => Promise<void>
}

export interface Options {
  readonly width: number
  readonly colors?: "light" | "dark"
}

export const open = async (html: string, { width, colors = "light" }: Options): Promise<Opened> => {
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, "--no-sandbox"]
  })
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: colors })
  const errors: Array<string> = []
  const requests: Array<string> = []
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
  page.on("pageerror", (error) => errors.push(error.message))
  await page.route("**/*", (route) => {
    requests.push(route.request().url())
    return route.abort()
  })
  await page.setContent(html)
  await page.waitForFunction(() => document.documentElement.dataset["drawn"] === "yes", undefined, { timeout: 30_000 })
  return { page, errors, requests, close: () => browser.close() }
}
