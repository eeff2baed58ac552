/** What a page does once it is open. These functions run in the browser, from their own source text: no imports. */
import type { Data, Layout } from "plotly.js-dist"

interface Drawn {
  readonly id: string
  readonly data: Array<Data>
  readonly layout: Partial<Layout>
}

/** Unpacks the plotly bundle, gzip in base64, and draws every figure. Fingers scroll the page instead of zooming. */
export const draw = async () => {
  const text = (id: string) => document.getElementById(id)!.textContent
  const packed = Uint8Array.from(atob(text("plotly")), (character) => character.charCodeAt(0))
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))
  const script = document.createElement("script")
  script.textContent = await new Response(unpacked).text()
  document.head.append(script)
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom"
  for (const { id, data, layout } of JSON.parse(text("figures")) as Array<Drawn>) {
    const config = { displayModeBar: false, responsive: true, showTips: false }
    await globalThis.Plotly.newPlot(id, data, { ...layout, dragmode }, config)
  }
  document.documentElement.dataset["drawn"] = "yes"
}
