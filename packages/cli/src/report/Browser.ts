/** What pages and notebooks do once they are open. These functions run in the browser, from their own source text: no imports. */
import type { Data, Layout } from "plotly.js-dist"

interface Drawn {
  readonly id: string
  readonly data: Array<Data>
  readonly layout: Partial<Layout>
}

/** Unpacks the plotly bundle, gzip in base64, and runs it. */
export const unpack = async (packed: string) => {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
  const script = document.createElement("script")
  script.textContent = await new Response(unpacked).text()
  document.head.append(script)
  return globalThis.Plotly
}

/** Draws every figure of a page. Fingers scroll the page instead of zooming; on paper nothing is folded away. */
export const draw = async (unpacking: typeof unpack) => {
  const text = (id: string) => document.getElementById(id)!.textContent
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((folded) => (folded.open = true)))
  const plotly = await unpacking(text("plotly"))
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom"
  for (const { id, data, layout } of JSON.parse(text("figures")) as Array<Drawn>) {
    const config = { displayModeBar: false, responsive: true, showTips: false }
    await plotly.newPlot(id, data, { ...layout, dragmode }, config)
  }
  document.documentElement.dataset["drawn"] = "yes"
}
