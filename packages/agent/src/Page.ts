/** The live page: one file that asks for nothing but the agent's events, with the token after the `#` of its address. */

const style = `
:root { color-scheme: light dark; --ground: light-dark(#fbfbfa, #16181c); --card: light-dark(#fff, #1e2127);
  --ink: light-dark(#1d1f23, #e9e9e6); --soft: light-dark(#5c6168, #a3a9b1); --line: light-dark(#e2e2de, #32363e);
  --good: light-dark(#2f6f9f, #7db7e8); --near: light-dark(#a05a00, #e9a850); --bad: light-dark(#b3261e, #ff8a80) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 1.25rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums }
header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline }
h1 { font-size: 1.25rem; margin: 0; overflow-wrap: anywhere }
h2 { font-size: .95rem; margin: 1.5rem 0 .5rem; color: var(--soft); font-weight: 600 }
p { margin: .25rem 0 }
.soft { color: var(--soft) }
#state { margin-left: auto; font-weight: 600; color: var(--good) }
#state.bad { color: var(--bad) }
#state.near { color: var(--near) }
#breach { border-left: 4px solid var(--bad); background: var(--card); padding: .6rem .9rem; margin: 1rem 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin-top: 1rem }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem }
.tiles span { display: block; font-size: .82rem; color: var(--soft) }
.tiles b { font-size: 1.5rem; font-weight: 600 }
#power { display: grid; grid-template-columns: auto 1fr; gap: .2rem .5rem; font-size: .82rem; color: var(--soft) }
#power div { display: flex; justify-content: space-between; line-height: 1 }
#scale { flex-direction: column; text-align: right }
#times { grid-column: 2 }
#times i { font-style: normal }
#times span { flex: 1; display: flex; justify-content: space-between }
svg { display: block; width: 100%; height: 6rem; background: var(--card); border: 1px solid var(--line) }
path { fill: none; stroke: var(--line); vector-effect: non-scaling-stroke }
#line { stroke: var(--good); stroke-width: 1.5 }
.promise { display: grid; grid-template-columns: minmax(7rem, 1fr) 3fr minmax(9rem, 1.4fr); gap: .75rem; align-items: center; padding: .3rem 0 }
.bar { position: relative; height: .7rem; background: var(--line); border-radius: .35rem; overflow: hidden }
.bar i { position: absolute; inset: 0 auto 0 0; background: var(--good) }
.bar u { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--ink) }
.near .bar i { background: var(--near) }
.bad .bar i { background: var(--bad) }
.promise .soft { text-align: right; font-size: .88rem }
ol { list-style: none; margin: 0; padding: 0; font-size: .92rem }
li { padding: .2rem 0; border-top: 1px solid var(--line) }
li:first-child { border-top: 0 }
form { margin: 1.5rem 0; display: flex; gap: .5rem; flex-wrap: wrap }
input, button { font: inherit; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: var(--ink) }
input { flex: 1 1 16rem; min-width: 0 }
[hidden] { display: none !important }
@media (max-width: 36rem) { body { padding: .9rem } #state { margin-left: 0; flex-basis: 100% }
  .promise { grid-template-columns: 1fr auto; gap: .2rem .75rem } .promise .bar { grid-row: 2; grid-column: 1 / -1 } }
`

const script = `
const $ = (id) => document.getElementById(id)
const short = (x) => x === null || x === undefined || !isFinite(x) ? "–" : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(Number(x.toPrecision(3)))
const time = (s) => s < 90 ? Math.round(s) + " s" : s < 5400 ? Math.round(s / 60) + " min" : s < 172800 ? short(s / 3600) + " h" : short(s / 86400) + " days"
const wait = (s) => s === null || !isFinite(s) ? "–" : s < 1 ? short(s * 1000) + " ms" : short(s) + " s"
const many = (n, what) => short(n) + " " + what + (n === 1 ? "" : "s")
const energy = (j) => Math.abs(j) < 10000 ? short(j) + " J" : short(j / 1000) + " kJ"
const names = { joulesPerHour: "Energy of rounds", roundsPerHour: "Rounds", staleness: "Staleness", latency: "Latency", stateBytes: "Policy's memory", progress: "Answers in a row", decides: "Deciding" }
const make = (tag, name, text) => { const e = document.createElement(tag); if (name) e.className = name; if (text) e.textContent = text; return e }
let watts = []
const tile = (id, value, under) => { $(id).textContent = value; $(id + "-under").textContent = under || "" }

const show = (s) => {
  document.title = s.policy + " – edgeol"
  $("policy").textContent = s.policy
  $("of").textContent = s.experiment + (s.release === null ? "" : ", release " + s.release) + ", for " + time(s.at)
  const state = s.breach ? ["stepped aside", "bad"] : !s.isLearning ? ["answers, does not learn", "near"] : s.isTraining ? ["trains", ""] : ["keeps its promises", ""]
  if (!s.breach && s.isLearning && !s.isTraining && !s.promises.length) state[0] = "learns"
  $("state").textContent = state[0]; $("state").className = state[1]
  $("breach").hidden = !s.breach
  if (s.breach) $("breach").textContent = "The policy has stepped aside: " + names[s.breach.promise] + " reached " + short(s.breach.reached) + ", promised at most " + short(s.breach.bound) + ". " + (s.breach.why || "Nothing more is learnt; requests are answered.")
  tile("watts", short(s.watts) + " W", s.meter.kind + ", " + s.meter.source + "; " + energy(s.joules.all) + " since this start")
  tile("rounds", short(s.rounds), (s.lastRound ? "the last " + wait(s.lastRound.seconds) + ", " + energy(s.lastRound.joules) + "; " : "") + energy(s.joules.fineTuning) + " on learning")
  tile("depth", s.depth + " of " + s.units, "units, from the input on")
  tile("accuracy", s.accuracy === null ? "–" : short(s.accuracy * 100) + " %", s.judged ? "of " + many(s.judged, "labelled sample") : "no label known yet")
  tile("latency", wait(s.latency.p50), "99 % within " + wait(s.latency.p99) + ", " + many(s.requests, "request"))
  tile("waiting", short(s.waiting), (s.waiting === 1 ? "batch" : "batches") + ", and " + many(s.samplesWaiting, "sample"))
  draw(s.watts)
  $("promises-title").hidden = !s.promises.length
  $("promises").replaceChildren(...s.promises.map(promise))
}

const promise = (p) => {
  const used = p.bound > 0 ? p.now / p.bound : 0
  const row = make("div", "promise" + (p.left < 0 ? " bad" : p.left < .2 ? " near" : ""))
  const bar = make("div", "bar"), fill = make("i"), most = make("u")
  fill.style.width = Math.min(100, used * 100) + "%"
  most.style.left = "calc(" + Math.min(100, p.bound > 0 ? p.most / p.bound * 100 : 0) + "% - 2px)"
  most.hidden = !p.most
  bar.append(fill, most)
  bar.setAttribute("role", "img")
  bar.setAttribute("aria-label", Math.round(used * 100) + " % of what was promised; at most " + short(p.most) + " so far")
  row.append(make("div", "", names[p.name]), bar, make("div", "soft", short(p.now) + " of " + short(p.bound) + " " + p.unit))
  return row
}

const draw = (w) => {
  watts = [...watts, w].slice(-150)
  const known = watts.filter((y) => y !== null), most = Math.max(...known, .1), ten = 10 ** Math.floor(Math.log10(most))
  const top = [1, 2, 5, 10].find((n) => n * ten >= most) * ten
  $("line").setAttribute("d", watts.map((y, i) => y === null ? "" : (watts[i - 1] == null ? "M" : "L") + (151 - watts.length + i) + " " + (50 - y / top * 50)).join(""))
  $("scale").replaceChildren(...[top, top / 2, 0].map((y) => make("span", "", short(y) + " W")))
  $("power").setAttribute("aria-label", "Power of the last five minutes, from 0 to " + short(top) + " W: now " + short(w) + " W, at most " + short(Math.max(...known)) + " W")
}

const tell = (text, ago) => {
  $("events-title").hidden = false
  $("events").prepend(make("li", "", new Date(Date.now() - ago * 1000).toLocaleTimeString() + "  " + text))
  while ($("events").children.length > 12) $("events").lastChild.remove()
}

const before = (history) => {
  if (history.events.length) $("events").replaceChildren()
  for (const [ago, event, data] of history.events) heard(event, data, ago)
  watts = history.watts.slice(0, -1)
  if (history.watts.length) draw(history.watts.at(-1))
}

const heard = (event, data, ago = 0) => {
  if (event === "status") show(data)
  if (event === "history") before(data)
  if (event === "round") tell(data._tag === "RoundStarted" ? "Round " + data.round + " begins with " + many(data.samples, "sample") + "." : "Round " + data.round + " serves: " + wait(data.seconds) + ", " + energy(data.joules) + ".", ago)
  if (event === "fallback") tell("The policy steps aside: " + names[data.promise] + ".", ago)
  if (event === "missed") tell(many(data.events, "event") + " missed.", ago)
}

const listen = async (token) => {
  const answer = await fetch("/events", { headers: { authorization: "Bearer " + token } })
  if (answer.status === 401) return ask("This token does not fit.")
  if (!answer.ok) throw new Error((await answer.json()).error)
  $("ask").hidden = true; $("live").hidden = false
  $("lost").textContent = ""
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = ""; ;) {
    const { done, value } = await reader.read()
    if (done) throw new Error("The agent has ended.")
    const parts = (rest + value).split("\\n\\n")
    rest = parts.pop()
    for (const part of parts) {
      const [event, data] = part.split("\\n").map((line) => line.slice(line.indexOf(": ") + 2))
      heard(event, JSON.parse(data))
    }
  }
}

const ask = (why) => { $("ask").hidden = false; $("why").textContent = why }
const keep = async () => {
  const token = location.hash.slice(1)
  if (!token) return ask("")
  try { await listen(token) } catch (error) {
    $("lost").textContent = "No connection. " + error.message
    setTimeout(keep, 3000)
  }
}
$("ask").addEventListener("submit", (event) => { event.preventDefault(); location.hash = $("token").value.trim(); keep() })
keep()
`

const tiles = [
  ["watts", "Power"],
  ["rounds", "Rounds"],
  ["depth", "Frozen"],
  ["accuracy", "Accuracy"],
  ["latency", "Latency, median"],
  ["waiting", "Wait to be learnt"]
]

export const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>edgeol</title>
<link rel="icon" href="data:,"><style>${style}</style></head>
<body>
<header><h1 id="policy">edgeol</h1><span id="of" class="soft"></span><span id="state" role="status"></span></header>
<p id="lost" class="soft" role="status"></p>
<form id="ask" hidden><label for="token">The agent's token, from the file <code>token</code> in its state folder</label>
<input id="token" type="password" autocomplete="off" required><button>Look</button><span id="why"></span></form>
<main id="live" hidden>
<p id="breach" hidden></p>
<div class="tiles">${tiles.map(([id, name]) => `<div><span>${name}</span><b id="${id}">–</b><span id="${id}-under"></span></div>`).join("")}</div>
<h2 id="promises-title" hidden>Promises: where they stand, and the most so far</h2><div id="promises"></div>
<h2>Power, the last five minutes</h2>
<div id="power" role="img"><div id="scale"></div>
<svg viewBox="0 0 150 50" preserveAspectRatio="none"><path d="M0 25H150M30 0V50M60 0V50M90 0V50M120 0V50"/><path id="line"/></svg>
<div id="times"><span>−5 min</span><span>−4</span><span>−3</span><span>−2</span><span>−1<i>now</i></span></div></div>
<h2 id="events-title" hidden>What happened</h2><ol id="events"></ol>
</main>
<script>${script}</script>
</body></html>
`
