/** The look of pages and figures: follows the reader's light or dark preference, prints light. */

const colours = `
:root { color-scheme: light dark; --ink: #1d2126; --soft: #5b636d; --line: #d5dae0; --ground: #ffffff; --card: #f6f7f9; --accent: #1f66b5 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --soft: #a3abb5; --line: #3a4049; --ground: #15181c; --card: #1e2227; --accent: #7ab5f5 }
}`

/** Plotly writes its colours into the drawing; these rules replace those of text, grid and ground. */
const figures = `
.plot text { fill: var(--ink) !important }
.plot .gridlayer path, .plot .xlines-above, .plot .ylines-above { stroke: var(--line) !important }
.plot .shapelayer path { stroke: var(--soft) !important }
.plot .hoverlayer path, .plot .hoverlayer .bg { fill: var(--card) !important; stroke: var(--line) !important }
.plot .annotation text { fill: var(--soft) !important }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 0.5rem 1.5rem; align-items: end }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; list-style: none; padding: 0; margin: 0.6rem 0 0; font-size: 0.9rem }
.legend li { display: flex; align-items: center; gap: 0.4rem; min-width: 0 }
.legend span { flex: none; width: 0.9rem; height: 0.9rem; background: var(--color); border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.legend .line { width: 1.3rem; height: 3px }
.legend .triangle { height: 0.75rem; clip-path: polygon(50% 0, 100% 100%, 0 100%) }`

/** In a notebook: the notebook's own colours. */
export const notebook = `
.edgeol { --ink: var(--jp-ui-font-color1, #1d2126); --soft: var(--jp-ui-font-color2, #5b636d); --line: var(--jp-border-color2, #d5dae0); --card: var(--jp-layout-color1, #ffffff); color: var(--ink); font-family: system-ui, sans-serif }
.edgeol caption { text-align: left; color: var(--soft) }
.edgeol figure { margin: 0 }${figures}`

export const page = `${colours}${figures}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
h1, h3, p, li, tbody th { overflow-wrap: anywhere }
main { max-width: 1180px; margin: 0 auto; padding: 1.5rem clamp(0.8rem, 3vw, 2rem) 3rem }
h1 { font-size: 1.1rem; font-weight: 600; color: var(--soft); margin: 0 0 0.3rem }
h2 { font-size: 1.25rem; margin: 2.4rem 0 0.5rem }
h3 { font-size: 1rem; margin: 0.5rem 0 0 }
p { max-width: 46rem; margin: 0.5rem 0 }
.headline { font-size: clamp(1.25rem, 3.4vw, 1.7rem); line-height: 1.3; font-weight: 600; margin: 0 0 1rem; max-width: none; text-wrap: pretty }
figure { margin: 0; min-width: 0 }
figcaption, caption, .note, ol.scenarios { color: var(--soft); font-size: 0.9rem }
figcaption { max-width: 46rem }
.plot { width: 100% }
.scroll { overflow-x: auto; margin: 0.8rem 0 }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: left; padding-bottom: 0.3rem }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
thead th { vertical-align: bottom; font-size: 0.85rem; font-weight: 600; color: var(--soft); white-space: normal }
tr > :first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--ground) }
tbody th { font-weight: 600; white-space: normal; min-width: 6rem; max-width: 18rem }
ol.scenarios { display: flex; flex-wrap: wrap; gap: 0 2rem; padding: 0; margin: 0.3rem 0; color: var(--soft); font-size: 0.9rem; list-style-position: inside }
details { border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.9rem; margin: 0.6rem 0; background: var(--card) }
details tr > :first-child { background: var(--card) }
summary { cursor: pointer; font-weight: 600 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border-radius: 6px; padding: 0.6rem 0.8rem; font-size: 0.85rem; margin: 0.5rem 0 }
dl { margin: 0.5rem 0 }
dl div { display: flex; flex-wrap: wrap; gap: 0 0.8rem; padding: 0.15rem 0 }
dt { color: var(--soft); flex: 0 0 9rem }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; flex: 1 1 14rem }
footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.85rem }
@media screen and (max-width: 600px) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  table, caption, tbody { display: block }
  tbody tr { display: grid; grid-template-columns: 1fr; padding: 0.4rem 0; border-bottom: 1px solid var(--line) }
  tbody th { max-width: none }
  tbody th, tbody td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: 0.05rem 0; white-space: normal; overflow-wrap: anywhere }
  tbody td::before { content: attr(data-title); color: var(--soft); white-space: nowrap }
  dt { flex-basis: 100% }
}
@media print {
  h1, h3, p, li, tbody th { overflow-wrap: anywhere }
main { max-width: none; padding: 0 }
  figure, tr { break-inside: avoid }
  h2, h3 { break-after: avoid }
  .scroll { overflow: visible }
  th, td { padding: 0.2rem 0.4rem; font-size: 0.8rem }
}`
