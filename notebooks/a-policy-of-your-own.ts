// %% [markdown]
// # A policy of your own
//
// A policy decides when a model on a device is fine-tuned, and which of its layers. Here is a new one from the first
// idea to a comparison with fine-tuning at every batch and with EdgeOL. Nothing is simulated: a small convolutional
// network learns on TensorFlow, on this machine, while its world changes four times.
//
// `pnpm notebooks` executes this file afresh and leaves a page and a notebook in `notebooks/out`. To play with it, copy
// the notebook and open it in Jupyter with the Deno kernel.

// %%
import * as Decision from "@edgeol/core/Decision"
import * as EdgeOL from "@edgeol/core/policies/EdgeOL"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as SimFreeze from "@edgeol/core/policies/SimFreeze"
import * as Policy from "@edgeol/core/Policy"
import * as Figures from "@edgeol/cli/report/Figures"
import * as Notebook from "@edgeol/cli/report/Notebook"
import { check } from "@edgeol/test/laws/Policy"

Notebook.prepare()

// %% [markdown]
// ## The idea
//
// Be sorry before you learn: keep batches waiting while requests are answered with confidence, and learn as soon as
// they are not. `doubt` is a smoothed `1 − confidence` of the answers; when it lies above a limit and at least `least`
// batches wait, or when `most` wait anyway, ask for a round.
//
// A policy is a value: a configuration, a state of plain JSON, and a pure function from state and observation to the
// next state and a decision.

// %%
const config = { limit: 0.5, smoothing: 0.1, least: 2, most: 4 }

const sorry = Policy.make({
  name: "sorry",
  config,
  initial: { waiting: 0, doubt: 0 },
  decide({ limit, smoothing, least, most }, state, observation) {
    switch (observation._tag) {
      case "RequestServed": {
        const { confidence } = observation
        if (!Number.isFinite(confidence)) return [state, Decision.wait]
        const doubt = state.doubt + smoothing * (1 - confidence - state.doubt)
        return [{ ...state, doubt }, state.waiting >= least && doubt > limit ? Decision.train : Decision.wait]
      }
      case "BatchArrived": {
        const waiting = state.waiting + 1
        return [{ ...state, waiting }, waiting >= most ? Decision.train : Decision.wait]
      }
      case "RoundStarted":
        return [{ ...state, waiting: Math.max(0, state.waiting - observation.batches) }, Decision.wait]
      default:
        return [state, Decision.wait]
    }
  }
})

// %% [markdown]
// ## Does it keep the laws?
//
// Every policy is deterministic, leaves its inputs alone, keeps its state in plain JSON, and goes on after a power cut
// as if there had been none. `check` tries histories of all sorts, with NaNs too, and names the first law that breaks.

// %%
console.log(check(sorry) ?? "sorry keeps every law.")

// %% [markdown]
// A slip is found at once. This one counts in place:

// %%
const hasty = Policy.make({
  name: "hasty",
  config: {},
  initial: { batches: 0 },
  decide(_, state, observation) {
    if (observation._tag === "BatchArrived") state.batches += 1
    return [state, state.batches % 3 === 2 ? Decision.train : Decision.wait]
  }
})

console.log(check(hasty) ?? "hasty keeps every law.")

// %% [markdown]
// ## An idea beside another
//
// `sorry` says when to learn; EdgeOL's `SimFreeze` says what: it freezes layers whose features have settled. Policies
// compose side by side: both see everything, and all that either asks for is done.

// %%
const sorryAndFrozen = Policy.both("sorry, freezing", sorry, SimFreeze.make())

console.log(check(sorryAndFrozen) ?? "So does the pair.")

// %% [markdown]
// ## Are they any good?
//
// The same streams for each policy, two seeds. Seconds are measured here; joules are modelled, for a Jetson Orin Nano.

// %%
const compared = await Notebook.compare([Immediate.make(), EdgeOL.make(), sorry, sorryAndFrozen], {
  stream: "patterns/nic",
  seeds: 2
})

Notebook.table(compared)

// %% [markdown]
// Two seeds make wide intervals: believe a difference only when its interval leaves out zero. In a resident process a
// round costs little more than its steps, so that fewer rounds alone save little; with `rounds: "cold"` each is a fresh
// process, as on a device that gives its memory back, and fewer rounds save start-ups.

// %%
Notebook.show(Figures.accuracy(compared.tapes))

// %% [markdown]
// When rounds ran, and how many units they kept frozen:

// %%
Notebook.show(Figures.rounds(compared.tapes))

// %%
Notebook.show(Figures.joules(compared.tapes))

// %% [markdown]
// ## What next
//
// `EnergyBudget.guard({ ... })(sorry)` holds a policy to a budget of joules, `MaxWait.guard({ seconds: 30 })(sorry)` to a
// longest wait. Other streams: `stream: "gtsrb32/ni"` with `data` naming the folder of the data sets.
